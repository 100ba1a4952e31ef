// Bytes are handed over, not a WebAssembly.Module, which not every browser can clone into a worklet.
const bytes = async (url) => (await fetch(url)).arrayBuffer();

/** The oscillator, connected to a context's output. */
export async function oscillator(context) {
  const [kernel, model] = await Promise.all([bytes("/kernel.wasm"), bytes("/model.safetensors")]);
  // A worklet has no TextDecoder, so the header is read here.
  const start = 8 + Number(new DataView(model).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(model.slice(8, start)));
  const { inputSize, hiddenSize, outputSize } = JSON.parse(header.__metadata__["recurra.options"]);
  const tensors = ["weight_ih", "weight_hh", "weight_oh", "bias_h", "weight_ho", "bias_o"].map((name) =>
    header[name] ? model.slice(...header[name].data_offsets.map((offset) => start + offset)) : undefined,
  );
  await context.audioWorklet.addModule("/processor.js");
  const processorOptions = { kernel, sizes: [inputSize, hiddenSize, outputSize], tensors };
  const node = new AudioWorkletNode(context, "recurra-oscillator", { numberOfInputs: 0, processorOptions });
  node.connect(context.destination);
  return node;
}

document.getElementById("play").addEventListener("click", async () => {
  const context = new AudioContext();
  const node = await oscillator(context);
  node.addEventListener("processorerror", () => {
    document.getElementById("status").textContent = "the kernel could not start: see the console";
  });
  setTimeout(() => context.close(), 2000);
});
