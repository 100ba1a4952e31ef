// An edge worker on the bare kernel. Every visitor has a stream, whose state is kept between requests:
//
//     npm start
//     curl 'localhost:8787/?visitor=ann&step=0.5,-0.25,1'    one step: the outputs
//     curl 'localhost:8787/train'                            20 updates of a copy: the SHA-256 of its weights
import module from "kernel.wasm";
import file from "model.safetensors";

const kernel = new WebAssembly.Instance(module, {}).exports;
const network = load(file);
// One stream serves everybody: each step takes up a visitor's state, and nothing is awaited until it is saved.
const stream = check(kernel.stream_create(network, 1));

/** Every answer below 0 is a status. */
function check(answer) {
  if (answer >= 0) return answer;
  throw new Error(`status ${answer}, details ${[0, 1, 2, 3].map((which) => kernel.error_detail(which))}`);
}

/** A slot as it lies in memory now; ask again after every call. */
function slot(Type, handle, number) {
  const address = check(kernel.slot_address(handle, number));
  return new Type(kernel.memory.buffer, address, check(kernel.slot_length(handle, number)));
}

/** A network from a safetensors file: the length of the header (8 bytes), the header in JSON, the numbers. */
function load(bytes) {
  const start = 8 + Number(new DataView(bytes).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.slice(8, start)));
  const { __metadata__: metadata, ...tensors } = header;
  const options = JSON.parse(metadata["recurra.options"]);
  const { inputSize, hiddenSize, outputSize, recurrence, outputs, activation, loss } = options;
  // The kinds of net that this worker has numbers for: the library's defaults.
  const kind = [recurrence, outputs, activation, loss].join(" ");
  if (kind !== "hidden every tanh cross-entropy") throw new Error(`a net of another kind: ${kind}`);
  const network = check(kernel.network_create(inputSize, hiddenSize, outputSize, 0, 0, 0, 0, 0));
  const slots = { weight_ih: 0, weight_hh: 1, bias_h: 3, weight_ho: 4, bias_o: 5 };
  for (const [name, { data_offsets: ends }] of Object.entries(tensors)) {
    const [begin, end] = ends.map((offset) => start + offset);
    slot(Float32Array, network, slots[name]).set(new Float32Array(bytes.slice(begin, end)));
  }
  check(kernel.network_changed(network));
  return network;
}

/** One visitor: the state of a stream is all there is to keep. */
export class Visitor {
  constructor(context) {
    this.storage = context.storage;
  }

  async fetch(request) {
    const input = (new URL(request.url).searchParams.get("step") ?? "").split(",").map(Number);
    const wanted = kernel.slot_length(stream, 1);
    if (input.length !== wanted || !input.every(Number.isFinite))
      return new Response(`step: expected ${wanted} numbers`, { status: 400 });
    const state = await this.storage.get("state");
    slot(Float32Array, stream, 2).set(state ?? new Float32Array(kernel.slot_length(stream, 2)));
    slot(Float32Array, stream, 1).set(input);
    check(kernel.stream_step(stream, 2));
    const outputs = slot(Float32Array, stream, 3).slice();
    await this.storage.put("state", slot(Float32Array, stream, 2).slice());
    return Response.json([...outputs]);
  }
}

/** Trains a copy of the network and frees it. */
async function train() {
  const copy = load(file);
  const row = (t) => [0, 1, 2].map((k) => (((7 * t + 5 * k) % 17) - 8) / 8);
  const steps = Array.from({ length: 40 }, (_, t) => t);
  const workspace = check(kernel.workspace_create(copy));
  check(kernel.workspace_shape(workspace, 1, 40, 1 + 2));
  slot(Int32Array, workspace, 0).set([40]);
  slot(Float32Array, workspace, 1).set(steps.flatMap(row));
  slot(Int32Array, workspace, 2).set(steps.map((t) => (t % 7) % 4));
  const optimizer = check(kernel.optimizer_create(copy, 1));
  for (let update = 0; update < 20; update++) {
    check(kernel.workspace_train(workspace));
    check(kernel.optimizer_step(optimizer, 0.01, 5, 0, 0.9, 0.999, 1e-8, 0));
  }
  const weights = new Blob([0, 1, 3, 4, 5].map((number) => slot(Float32Array, copy, number)));
  check(kernel.optimizer_free(optimizer));
  check(kernel.workspace_free(workspace));
  check(kernel.network_free(copy));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await weights.arrayBuffer()));
  return new Response(hash.toHex());
}

export default {
  fetch(request, { VISITORS }) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/train") return train();
    return VISITORS.get(VISITORS.idFromName(searchParams.get("visitor") ?? "")).fetch(request);
  },
};
