/** The events of a job, as they come; whatever breaks the connection, it goes on where it was; ends when the job ends. */
export async function* jobEvents(gateway: string, clientId: string, jobId: string) {
  let lastEventId = "";
  for (let ended = false, waitMs = 1000; !ended; await new Promise((resolve) => setTimeout(resolve, ended ? 0 : waitMs))) {
    try {
      const headers = { "X-Client-Id": clientId, Accept: "text/event-stream", ...(lastEventId && { "Last-Event-ID": lastEventId }) };
      const answer = await fetch(`${gateway}/v1/jobs/${jobId}/events`, { headers });
      if (answer.status === 204) return; // it has ended, and all of it was seen
      waitMs = 1000 * Number(answer.headers.get("Retry-After") ?? 1);
      if (answer.status === 429 || answer.status >= 500) continue;
      if (!answer.ok || !answer.body) throw new Refused((await answer.json()).code);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let waiting = "";
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        const blocks = (waiting + chunk.value).split("\n\n");
        waiting = blocks.pop() ?? "";
        for (const block of blocks) {
          const field = (name: string) => block.match(new RegExp(`^${name}: ?(.*)$`, "m"))?.[1];
          lastEventId = field("id") ?? lastEventId;
          const data = field("data");
          if (data === undefined) continue; // a heartbeat
          const job = JSON.parse(data);
          ended = ["succeeded", "failed", "canceled"].includes(job.state);
          yield { event: field("event") ?? "message", job };
        }
      }
    } catch (error) {
      if (error instanceof Refused) throw error; // asking again won't help; everything else is a lost connection
    }
  }
}

class Refused extends Error {}
