/** Your own sign-in goes here. This one reads what the server of the page answers. */
const session: Promise<{ token?: string }> = fetch("/session.json").then((reply) => (reply.ok ? reply.json() : {}));

export const baseUrl = location.origin;
export const token = async () => (await session).token;
