// Kinds of input of `stream_step`.
export const NONE = 0;
export const INDICES = 1;
export const VECTORS = 2;
