// An edge worker with the library: answers each line that comes in with a line that goes out, while more may come.
//
//     npm start
//     echo '[0.5, -0.25, 1]' | curl -N --data-binary @- localhost:8787

import file from "model.safetensors";
import { Rnn } from "recurra";

let loading;

/** A line of inputs, in JSON, becomes a line of outputs; the state goes from line to line. */
function answers(rnn) {
  const stream = rnn.stream();
  let rest = "";
  const answer = (line) => {
    const outputs = stream.step(Float32Array.from(JSON.parse(line)));
    return `${JSON.stringify([...outputs])}\n`;
  };
  return new TransformStream({
    transform(text, controller) {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      try {
        for (const line of lines) if (line.trim() !== "") controller.enqueue(answer(line));
      } catch (error) {
        // The end of this conversation: what the line was, or why the net refused it.
        stream.dispose();
        controller.enqueue(`${JSON.stringify({ error: error.message })}\n`);
        controller.terminate();
      }
    },
    flush(controller) {
      if (rest.trim() !== "")
        controller.enqueue(`${JSON.stringify({ error: "the last line has no end" })}\n`);
      stream.dispose();
    },
  });
}

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response("POST lines of inputs\n", { status: 405 });
    loading ??= Rnn.load(file);
    const lines = request.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(answers(await loading))
      .pipeThrough(new TextEncoderStream());
    return new Response(lines, { headers: { "content-type": "application/x-ndjson" } });
  },
};
