// Flags of `workspace_shape`.
export const VECTORS = 1;
export const TARGETS = 2;
export const STEP_WEIGHTS = 4;
export const INITIAL = 8;
export const INITIAL_FED = 16;
export const KEEP = 32;
