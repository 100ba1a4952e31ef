# A worker on 127.0.0.1:8787, and an object for each visitor, whose storage lasts as long as this process: on a real edge
# (or with a disk here) it lasts.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "main")]
);

const worker :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "kernel.wasm", wasm = embed "node_modules/recurra/dist/kernel.wasm"),
    (name = "model.safetensors", data = embed "model.safetensors")
  ],
  durableObjectNamespaces = [(className = "Visitor", uniqueKey = "visitor")],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "VISITORS", durableObjectNamespace = "Visitor")]
);
