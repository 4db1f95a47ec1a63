// A server that passes requests on to another: as a proxy, or as the same server under another address.
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect } from "node:net";

export class Forwarder {
  #server;
  #tunnels = new Set();
  /** Addresses that were asked for, as the request line had them. */
  asked = [];
  /** Answers everything with this status instead of passing it on. */
  refuses;

  /** @param target where requests go, whatever host they name */
  static async start(target, host = "127.0.0.1") {
    const forwarder = new Forwarder();
    forwarder.#server = createServer((asked, reply) => forwarder.#pass(new URL(target), asked, reply));
    forwarder.#server.on("connect", (asked, socket) => forwarder.#tunnel(new URL(target), asked, socket));
    forwarder.#server.listen(0, host);
    await once(forwarder.#server, "listening");
    forwarder.url = `http://${host}:${forwarder.#server.address().port}`;
    return forwarder;
  }

  #pass(target, asked, reply) {
    this.asked.push(asked.url);
    if (this.refuses !== undefined) {
      reply.writeHead(this.refuses, { "content-type": "text/html" }).end("<html><title>Blocked</title></html>");
      return asked.resume();
    }
    const { pathname, search } = new URL(asked.url, target);
    const headers = { ...asked.headers, host: target.host };
    const onward = request(
      { host: target.hostname, port: target.port, path: pathname + search, method: asked.method, headers },
      (answer) => {
        reply.writeHead(answer.statusCode, answer.headers);
        answer.pipe(reply);
      },
    );
    onward.on("error", () => reply.destroy());
    asked.pipe(onward);
  }

  #tunnel(target, asked, socket) {
    this.asked.push(asked.url);
    this.#keep(socket);
    socket.on("error", () => {});
    if (this.refuses !== undefined) return socket.end(`HTTP/1.1 ${this.refuses} Refused\r\n\r\n`);
    const onward = connect(target.port, target.hostname, () => {
      socket.write("HTTP/1.1 200 Connected\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    this.#keep(onward);
    onward.on("error", () => socket.destroy());
  }

  /** A socket that became a tunnel is no connection of the server any more. */
  #keep(socket) {
    this.#tunnels.add(socket);
    socket.on("close", () => this.#tunnels.delete(socket));
  }

  async stop() {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
