/** Every experiment, in the order of the chapter. */
import { addingProblem } from "./adding.js";
import { copyMemory } from "./copy.js";
import { costOfTraining } from "./cost.js";
import { downstreamGradient } from "./downstream.js";
import { embeddedReberGrammar } from "./embedded-reber.js";
import type { Experiment } from "./experiment.js";
import { gradientFlow } from "./flow.js";
import { deploymentGap } from "./gap.js";
import { jsbChorales } from "./jsb.js";
import { chaoticLaser } from "./laser.js";
import { anyLength } from "./lengths.js";
import { elmanLetters } from "./letters.js";
import { lossIsASum } from "./loss.js";
import { maximumLikelihood } from "./ml.js";
import { nepal } from "./nepal.js";
import { nottinghamTunes } from "./nottingham.js";
import { periodicOrbit } from "./orbits.js";
import { timeParallel } from "./parallel.js";
import { reberGrammar } from "./reber.js";
import { recallBit } from "./recall.js";
import { unfolding } from "./unfold.js";
import { japaneseVowels } from "./vowels.js";
import { temporalXor } from "./xor.js";

export const experiments: readonly Experiment[] = [
  unfolding,
  periodicOrbit,
  gradientFlow,
  nepal,
  anyLength,
  lossIsASum,
  costOfTraining,
  recallBit,
  timeParallel,
  downstreamGradient,
  maximumLikelihood,
  deploymentGap,
  temporalXor,
  elmanLetters,
  reberGrammar,
  embeddedReberGrammar,
  addingProblem,
  copyMemory,
  japaneseVowels,
  chaoticLaser,
  jsbChorales,
  nottinghamTunes,
];
