import { Rnn, type Sequence } from "../index.js";
import { type Bench, type Experiment, part } from "./experiment.js";
import { random } from "./random.js";
import { vocabulary, type YearSentence, yearSentence, years } from "./sentences.js";
import { level, train } from "./training.js";

const seed = 1;
/** Words in a sentence to learn from, at most. */
const trained = 14;
/** Places of the year that are never trained. */
const hiddenPlaces: ReadonlySet<number> = new Set([3, 6, 9, 10]);
/** Words in a sentence to be tested on, at most: what the feed-forward net has inputs for. */
const longest = 28;

const seen = ({ words, position }: YearSentence): boolean =>
  words.length <= trained && !hiddenPlaces.has(position);
/** The year stands where it never stood, in a sentence as long as none was. */
const unseen = ({ words, position }: YearSentence): boolean =>
  words.length > trained && words.length <= longest && (hiddenPlaces.has(position) || position >= trained);

/**
 * The recurrent net reads word by word with the same weights at each; the feed-forward net has weights of its own
 * for every place, so what it learned about a year in one place says nothing about the same year in another.
 */
export const nepal: Experiment = {
  name: "nepal",
  claim: "weights shared over time find the year wherever it stands; weights for each place do not",
  shows: "the beginning of chapter 10, “I went to Nepal in 2009”: parameter sharing across time",
  setup:
    "48 hidden units, tanh, uniform initializer; 6,000 sentences of at most 14 words, one-hot; 15 " +
    "epochs in batches of 30, Adam 0.003 falling as a cosine, clipped to 1; the same for the " +
    "feed-forward net of about as many parameters",
  seeds: [seed],
  takes: 20,
  limit: 120,

  async run(bench) {
    const training = collect(seed, 6000, 2, seen);
    const known = collect(seed + 1, 1000, 2, seen);
    const test = collect(seed + 2, 2000, 5, unseen);
    const size = vocabulary.length;
    using rnn = await Rnn.create({ inputSize: size, outputSize: years.length, hiddenSize: 48, seed });
    const width = sameSize(rnn.parameterCount);
    using plain = await Rnn.create({
      inputSize: size * longest,
      outputSize: years.length,
      hiddenSize: width,
      seed,
    });
    await learn(part(bench, 0, 0.5), "recurrent", rnn, training.map(asSequence));
    await learn(part(bench, 0.5, 1), "feed-forward", plain, training.map(asWindow));
    const score = async (net: Rnn, data: Sequence[]): Promise<number> =>
      100 * ((await net.evaluate(data)).accuracy ?? 0);
    const chance = 100 / years.length;
    const [rnnUnseen, plainUnseen] = [
      await score(rnn, test.map(asSequence)),
      await score(plain, test.map(asWindow)),
    ];
    const [rnnKnown, plainKnown] = [
      await score(rnn, known.map(asSequence)),
      await score(plain, known.map(asWindow)),
    ];
    return {
      findings: [
        {
          name: "recurrentUnseen",
          what: `recurrent net, year named at places and lengths never seen (${test.length} sentences)`,
          found: rnnUnseen,
          unit: "%",
          expected: "at least 99 %",
          basis: "ours",
          holds: rnnUnseen >= 99,
        },
        {
          name: "feedForwardUnseen",
          what: "feed-forward net, the same sentences",
          found: plainUnseen,
          unit: "%",
          expected: `chance, ${chance} %; at most twice that`,
          basis: "ours",
          holds: plainUnseen <= 2 * chance,
        },
        {
          name: "recurrentKnown",
          what: `recurrent net, new sentences of known form (${known.length} sentences)`,
          found: rnnKnown,
          unit: "%",
          expected: "at least 99 %",
          basis: "ours",
          holds: rnnKnown >= 99,
        },
        {
          name: "feedForwardKnown",
          what: "feed-forward net, new sentences of known form",
          found: plainKnown,
          unit: "%",
          expected: "it can learn as well: at least 90 %",
          basis: "ours",
          holds: plainKnown >= 90,
        },
        {
          name: "parameters",
          what: "parameters of the recurrent net",
          found: rnn.parameterCount,
          expected: `within 15 % of the feed-forward net's ${feedForwardCount(width)} (${width} hidden units)`,
          basis: "ours",
          holds: Math.abs(feedForwardCount(width) / rnn.parameterCount - 1) < 0.15,
        },
      ],
      figures: [
        byPlace(rnn, plain, [
          ...known,
          ...collect(seed + 3, 4000, 5, ({ words }) => words.length <= longest),
        ]),
      ],
    };
  },
};

function collect(
  from: number,
  count: number,
  extras: number,
  wanted: (one: YearSentence) => boolean,
): YearSentence[] {
  const draws = random(from);
  const found: YearSentence[] = [];
  while (found.length < count) {
    const one = yearSentence(draws, extras);
    if (wanted(one)) found.push(one);
  }
  return found;
}

const indicesOf = ({ words }: YearSentence): number[] => words.map((word) => vocabulary.indexOf(word));

/** Word by word; the year is asked for after the last. */
function asSequence(one: YearSentence): Sequence {
  const inputs = Int32Array.from(indicesOf(one));
  const last = inputs.length - 1;
  return {
    inputs,
    targets: new Int32Array(inputs.length).fill(one.year),
    weights: Float32Array.from(inputs, (_, t) => (t === last ? 1 : 0)),
  };
}

/** All words at once, one-hot at their places: one step from a state of zeros is a feed-forward net. */
function asWindow(one: YearSentence): Sequence {
  const inputs = new Float32Array(longest * vocabulary.length);
  for (const [place, index] of indicesOf(one).entries()) inputs[place * vocabulary.length + index] = 1;
  return { inputs, targets: Int32Array.of(one.year) };
}

/** Weights that a net of one step has: W meets only zeros, and is not counted. */
const feedForwardCount = (width: number): number =>
  (longest * vocabulary.length + 1) * width + (width + 1) * years.length;

/** Hidden units that give a feed-forward net about so many parameters. */
const sameSize = (count: number): number =>
  Math.round((count - years.length) / (longest * vocabulary.length + 1 + years.length));

async function learn(bench: Bench, name: string, net: Rnn, data: Sequence[]): Promise<void> {
  await train(bench, `${name} net`, net, data, {
    epochs: 15,
    batchSize: 30,
    optimizer: { kind: "adam", learningRate: 0.003 },
    clipNorm: 1,
    seed,
  });
}

/** Of fewer sentences a share says little. */
const fewest = 30;

/** Share of years named right for each place of the year. */
function byPlace(rnn: Rnn, plain: Rnn, sentences: readonly YearSentence[]) {
  const right = (net: Rnn, data: Sequence[]): boolean[] =>
    net.predict(data).map((probabilities, i) => {
      const last = probabilities.subarray(-years.length);
      return last.indexOf(Math.max(...last)) === sentences[i]?.year;
    });
  const curve = (name: string, hits: boolean[]) => ({
    name,
    points: Array.from({ length: longest }, (_, place) => {
      const here = hits.filter((_, i) => sentences[i]?.position === place);
      const share = here.length < fewest ? Number.NaN : here.filter(Boolean).length / here.length;
      return [place + 1, 100 * share] as const;
    }).filter(([, share]) => !Number.isNaN(share)),
    style: "points" as const,
  });
  const curves = [
    curve("recurrent", right(rnn, sentences.map(asSequence))),
    curve("feed-forward", right(plain, sentences.map(asWindow))),
  ];
  const never = [...hiddenPlaces].map((place) => place + 1).join(", ");
  return {
    title:
      `Years named right in ${sentences.length} sentences, by the place of the year ` +
      `(${never} and beyond ${trained} were never trained; fewer than ${fewest} sentences: not shown)`,
    x: "place of the year",
    y: "%",
    curves: [...curves, level("chance", 100 / years.length, curves)],
  };
}
