// The audio thread: one step of the net for every sample, each output fed back as the next input.
class Oscillator extends AudioWorkletProcessor {
  constructor({ processorOptions: { kernel: bytes, sizes, tensors } }) {
    super();
    const kernel = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports;
    this.kernel = kernel;
    // A tanh net with outputs at every step and squared error (1).
    const network = this.check(kernel.network_create(...sizes, 0, 0, 0, 1, 0));
    for (const [slot, tensor] of tensors.entries())
      if (tensor) this.slot(network, slot).set(new Float32Array(tensor));
    this.check(kernel.network_changed(network));
    this.stream = this.check(kernel.stream_create(network, 1));
    this.slot(this.stream, 1)[0] = 0.1;
  }

  check(answer) {
    if (answer < 0) throw new Error(`status ${answer}`);
    return answer;
  }

  slot(handle, number) {
    const address = this.check(this.kernel.slot_address(handle, number));
    return new Float32Array(this.kernel.memory.buffer, address, this.kernel.slot_length(handle, number));
  }

  process(_, [[samples]]) {
    let input = this.slot(this.stream, 1);
    let output = this.slot(this.stream, 3);
    for (let i = 0; i < samples.length; i++) {
      this.check(this.kernel.stream_step(this.stream, 2));
      // Memory that has grown leaves views of length 0 behind.
      if (output.length === 0) {
        input = this.slot(this.stream, 1);
        output = this.slot(this.stream, 3);
      }
      samples[i] = output[0];
      input[0] = output[0];
    }
    return true;
  }
}
registerProcessor("recurra-oscillator", Oscillator);
