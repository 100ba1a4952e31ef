import { anything, checkOptions, count, finite, index, oneOf, type Rule, rule, seedRule } from "../checks.js";
import { checkName, optionError } from "../errors.js";
import { budgetRule, checkForcing, usualForcing } from "../models/dial.js";
import { parameterShapes, type ResolvedOptions } from "../options.js";
import type { Dataset, FitOptions, Progress, Schedule, TeacherForcing, WorkersOptions } from "../types.js";
import { workersRule } from "../workers/options.js";
import { forcingRule } from "./forcing.js";
import { type Hyperparameters, resolveOptimizer } from "./hyperparameters.js";
import { clipNorm, optionsOr, positive, signalRule } from "./rules.js";

/** When training ends: whichever comes first. */
export interface Limits {
  readonly updates?: number | undefined;
  readonly epochs?: number | undefined;
  readonly seconds?: number | undefined;
}

/** What decides the bits of a run, with every default filled in: plain data that a checkpoint holds. */
export interface Recipe {
  readonly batchSize: number;
  /** Infinity: all steps. */
  readonly truncate: number;
  readonly optimizer: Hyperparameters;
  /** Infinity: no clipping. */
  readonly clipNorm: number;
  readonly schedule: Schedule;
  readonly teacherForcing: TeacherForcing;
  readonly inputNoise: number;
  readonly freeze: readonly string[];
  /** Bytes; no limit if absent. Decides no bits. */
  readonly memoryBudget?: number;
  readonly seed: number;
}

/** Options of `fit`, checked. */
export interface ResolvedFit {
  readonly limits: Limits;
  readonly recipe: Recipe;
  readonly validation: Dataset | undefined;
  readonly patience: number | undefined;
  readonly workers: WorkersOptions;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

const names = rule<readonly string[]>("an array of parameter names", Array.isArray);
const limitRules = { epochs: count, updates: count, seconds: positive };
const runRules = { ...limitRules, signal: signalRule };
const scheduleRule = optionsOr(oneOf(["constant", "cosine"]), { warmup: index, decay: finite(0, 1) }, [
  "decay",
]) as Rule<Schedule>;
const fitRules = {
  ...limitRules,
  batchSize: count,
  truncate: count,
  optimizer: resolveOptimizer,
  clipNorm,
  schedule: scheduleRule,
  teacherForcing: forcingRule,
  inputNoise: finite(0, 1e30),
  freeze: (name: string, value: unknown) => [...names(name, value)],
  workers: workersRule,
  memoryBudget: budgetRule,
  validation: anything as Rule<Dataset>,
  patience: count,
  seed: seedRule,
  signal: signalRule,
  onProgress: rule<(progress: Progress) => void>("a function", (value) => typeof value === "function"),
};

// Not an option, but what it is in many other libraries.
const askedRules = {
  ...fitRules,
  learningRate: rule<never>('it in optimizer: { kind: "adam", learningRate }', () => false),
};

/** Names of all options of `fit`. */
export const fitNames = Object.keys(fitRules);

/** What the options are checked against. */
export interface FitContext {
  /** Whether the data is one sequence, to be cut into lanes. */
  readonly lanes: boolean;
  /** Whether inputs are vectors. */
  readonly dense: boolean;
  readonly options: ResolvedOptions;
}

/** Checks options of `fit` and fills in the defaults. Throws "option" or "unsupported". */
export function resolveFit(given: FitOptions, { lanes, dense, options }: FitContext): ResolvedFit {
  const checked = checkOptions("fit options", given, askedRules);
  const { epochs, updates, seconds, validation, patience, signal, onProgress, ...rest } = checked;
  const { workers = { count: 0 }, ...recipe } = rest;
  checkForcing(recipe.teacherForcing, options);
  const parameters = parameterShapes(options).map(([name]) => name);
  for (const name of recipe.freeze ?? []) checkName("option", "freeze", name, parameters);
  if (recipe.inputNoise && !dense)
    throw optionError("inputNoise", "0 without inputs that are vectors", recipe.inputNoise);
  if (patience !== undefined && validation === undefined)
    throw optionError("patience", "validation data with it", patience);
  return {
    limits: { epochs, updates, seconds },
    recipe: {
      batchSize: 16,
      truncate: lanes ? 32 : Number.POSITIVE_INFINITY,
      optimizer: resolveOptimizer("optimizer", { kind: "adam" }),
      clipNorm: 5,
      schedule: "cosine",
      teacherForcing: usualForcing(options),
      inputNoise: 0,
      freeze: [],
      seed: 0,
      ...recipe,
    },
    validation,
    patience,
    workers,
    signal,
    onProgress,
  };
}

/** Limits of one call of `run`. */
export function resolveRun(given: object): { limits: Limits; signal: AbortSignal | undefined } {
  const { signal, ...limits } = checkOptions("run options", given, runRules);
  return { limits, signal };
}
