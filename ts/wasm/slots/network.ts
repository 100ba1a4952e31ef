// Slots of a network; `GRADIENT + WEIGHT_IH` is the gradient of `WEIGHT_IH`, and so on.
export const WEIGHT_IH = 0;
export const WEIGHT_HH = 1;
export const WEIGHT_OH = 2;
export const BIAS_H = 3;
export const WEIGHT_HO = 4;
export const BIAS_O = 5;
export const GRADIENT = 8;
export const PARAMETERS = 16;
export const GRADIENTS = 17;
