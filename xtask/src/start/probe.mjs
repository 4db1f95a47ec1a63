// Requests the balance of a credit server once and prints the result: `status N`, or `unreachable WHY`.
// The session comes by standard input, so that the token is in no argument list. Node brings TLS; the commands need none.
let session = "";
for await (const part of process.stdin) session += part;
const { baseUrl, token } = JSON.parse(session);
try {
  const reply = await fetch(`${baseUrl}/quota-manager/api/v1/quota`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  console.log(`status ${reply.status}`);
} catch (error) {
  console.log(`unreachable ${error.cause?.code ?? error.cause?.message ?? error.message}`);
}
