/** What makes a file of safetensors out of one that `torch.load` reads. */
const remedy =
  'convert it in Python: safetensors.torch.save_file(torch.load("model.pt", weights_only=True), "model.safetensors")';

/** What begins with which byte, as a letter. */
const others: Readonly<Record<string, string>> = {
  P: `a zip archive, as torch.save and Keras write; ${remedy}`,
  "\x80": `a pickle, as torch.save once wrote; ${remedy}`,
  "\x89": "HDF5, as Keras writes",
  "\x08": "ONNX; `recurra convert` reads it",
  "\x1f": "gzip",
  "<": "an HTML page",
  "{": "JSON",
  "[": "JSON",
};

/** What a file is that is no safetensors: no header begins at byte 8, and the bytes before make no sense as its length. */
export const otherFormat = (bytes: Uint8Array): string =>
  others[String.fromCharCode(bytes[0] as number)] ?? "a text or something else";
