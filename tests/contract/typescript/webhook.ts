import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

const secret = process.env["AIK_WEBHOOK_SECRET"];
if (!secret) throw new Error("AIK_WEBHOOK_SECRET is not set: whsec_…");
const webhook = new Webhook(secret);

/** Hear webhooks: `listener.listen(8000)`. The signature is over the body's own bytes: verify before any parsing. */
export const listener = createServer(async (request, response) => {
  try {
    const event = webhook.verify(await text(request), request.headers as Record<string, string>);
    console.log(request.headers["webhook-id"], event); // remember the id: a message may come twice
    response.writeHead(204).end();
  } catch {
    response.writeHead(400).end(); // not signed with the secret, or older than five minutes
  }
});
