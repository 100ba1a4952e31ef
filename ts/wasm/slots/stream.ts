// Slots of a stream.
export const INDICES = 0;
export const VECTORS = 1;
export const STATE = 2;
export const OUTPUTS = 3;
export const SYMBOLS = 4;
export const FEEDBACK = 5;
