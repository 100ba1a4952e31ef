// Slots of an optimizer.
export const FIRST_MOMENT = 0;
export const SECOND_MOMENT = 1;
export const POWERS = 2;
export const NORM = 3;
