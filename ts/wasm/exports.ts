/** What the kernel exports: `crate/include/recurra.h` in TypeScript. Numbers in, one number out; 0 or more is an answer. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;

  abi_version(): number;
  error_detail(which: number): number;
  memory_limit(bytes: number): number;
  memory_used(): number;
  slot_address(handle: number, slot: number): number;
  slot_length(handle: number, slot: number): number;

  network_create(
    inputSize: number,
    hiddenSize: number,
    outputSize: number,
    recurrence: number,
    outputs: number,
    activation: number,
    loss: number,
    feedback: number,
  ): number;
  network_free(network: number): number;
  network_initialize(network: number, initializer: number, seed: number): number;
  network_changed(network: number): number;

  workspace_create(network: number): number;
  workspace_free(workspace: number): number;
  workspace_shape(workspace: number, sequences: number, rows: number, flags: number): number;
  workspace_forcing(workspace: number, teacherForcing: number, seed: number, update: number): number;
  workspace_budget(workspace: number, bytes: number): number;
  workspace_count(workspace: number, count: number): number;
  workspace_forward(workspace: number): number;
  workspace_backward(workspace: number, scale: number): number;
  workspace_train(workspace: number): number;
  workspace_evaluate(workspace: number): number;
  workspace_add_noise(workspace: number, deviation: number, seed: number, update: number): number;
  workspace_open(workspace: number, slot: number): number;
  workspace_close(workspace: number, slot: number): number;

  optimizer_create(network: number, kind: number): number;
  optimizer_free(optimizer: number): number;
  optimizer_step(
    optimizer: number,
    learningRate: number,
    clipNorm: number,
    frozen: number,
    a: number,
    b: number,
    c: number,
    d: number,
  ): number;

  stream_create(network: number, lanes: number): number;
  stream_free(stream: number): number;
  stream_step(stream: number, kind: number): number;
  stream_draws(stream: number, seed: number, firstId: number, step: number): number;
  stream_sample(stream: number, temperature: number, seed: number, firstId: number, step: number): number;

  draw(seed: number, purpose: number, id: number, step: number, update: number): number;
  peak(iterations: number): number;
}
