# The worker on 127.0.0.1:8787. Bundlers for edge runtimes find these modules by themselves.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "main")]
);

const worker :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "recurra", esModule = embed "node_modules/recurra/dist/index.workerd.js"),
    (name = "kernel.wasm", wasm = embed "node_modules/recurra/dist/kernel.wasm"),
    (name = "model.safetensors", data = embed "model.safetensors")
  ]
);
