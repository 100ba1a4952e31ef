/* recurra.h: the whole interface of the kernel, for any WebAssembly host.
 *
 * The module imports nothing. Every function takes numbers and returns a number; none takes a pointer. A result
 * of 0 or more is the answer, a negative result is one of the statuses below, and then nothing has changed.
 * No argument makes the module trap.
 *
 * Things live behind handles (positive, never reused while the slot's generation lasts). Numbers go in and out
 * through slots: `slot_address` is a byte offset into the exported `memory`, `slot_length` a count of elements.
 * Memory may grow and blocks may move in every call that creates, shapes, opens, runs or steps something, so ask for
 * an address afresh after it. All elements are little-endian f32, or i32 or f64 where it says so; rows are tight.
 *
 * Letters: B sequences, N rows = sum of their lengths, I inputs, H hidden units, O outputs. Rows stand sequence by
 * sequence in the caller's order, step by step within a sequence. Q scored rows: N, or B when outputs are "last".
 */
#ifndef RECURRA_H
#define RECURRA_H
#include <stdint.h>

#define RECURRA_ABI 1

/* ── Statuses; error_detail(0..3) says more ─────────────────────────────────────────────────────────────────── */
#define RECURRA_BAD_HANDLE     -1 /* unknown, freed or of another kind: detail 0 = the argument's position          */
#define RECURRA_BAD_OPTION     -2 /* an argument out of range: 0 = its position, 1 = what came, 2 and 3 = the range  */
#define RECURRA_BAD_SHAPE      -3 /* lengths do not fit: 0 = sequence (-1: the sum), 1 = what came, 2 = expected     */
#define RECURRA_BAD_INDEX      -4 /* an index out of range: 0 = slot, 1 = its position in it, 2 = what came, 3 = bound */
#define RECURRA_OUT_OF_MEMORY  -5 /* 0 = bytes requested, 1 = the limit, 2 = bytes in use                             */
#define RECURRA_UNSUPPORTED    -6 /* a combination this version refuses, or a slot this object has not: 0 = position  */
#define RECURRA_OUT_OF_ORDER   -7 /* for example backward before forward                                             */
#define RECURRA_NON_FINITE     -8 /* the gradient's norm or the loss is not finite; nothing was updated               */

int32_t abi_version(void);
double  error_detail(int32_t which);
/* A cap on the module's own memory in bytes, 65536 to 2^31 - 65536 (the default). Memory in use stays. About 1 MiB of
 * stack and data counts. A call that would pass the cap answers OUT_OF_MEMORY and can be made again later. */
int32_t memory_limit(double bytes);
double  memory_used(void);

/* Any handle: network, workspace, optimizer, stream. */
int32_t slot_address(int32_t handle, int32_t slot);
int32_t slot_length(int32_t handle, int32_t slot);

/* ── Networks ───────────────────────────────────────────────────────────────────────────────────────────────── *
 * recurrence 0 hidden, 1 output, 2 both · outputs 0 every, 1 last, 2 none · activation 0 tanh, 1 relu, 2 identity
 * loss 0 cross-entropy, 1 squared error, 2 Bernoulli · feedback 0 outputs, 1 probabilities, 2 argmax, 3 sample
 * Without outputs (2) output_size is 0. Parameters start at 0. UNSUPPORTED, naming the argument: recurrence 1 or 2 without
 * outputs (3), feedback 2 or 3 with squared error (7).
 *
 * a = b + U x + W h' + R f,  h = activation(a),  o = c + V h. What is fed back, f, where it is not the true target:
 * 0 o · 1 softmax(o), sigmoid(o) or, for squared error, o · 2 the one-hot of the first largest o; for Bernoulli 1 where
 * o > 0 · 3 the one-hot of a class drawn from softmax(o) with the uniform draw of (seed, FEEDBACK, id, update) at the absolute
 * step, in order of classes; for Bernoulli output k is 1 if the draw at step * 2^25 + k is below sigmoid(o). The loss flows
 * back through 0 and 1 exactly, through targets, 2 and 3 not at all. An o that is NaN makes f NaN. */
int32_t network_create(int32_t input_size, int32_t hidden_size, int32_t output_size, int32_t recurrence,
                       int32_t outputs, int32_t activation, int32_t loss, int32_t feedback);
int32_t network_free(int32_t network);
/* initializer 0 uniform U(-1/sqrt H, 1/sqrt H), 1 orthogonal weight_hh, 2 identity weight_hh (others uniform, biases 0 in 1 and 2;
 * UNSUPPORTED without W).
 * seed: an integer, 0 <= seed < 2^53. */
int32_t network_initialize(int32_t network, int32_t initializer, double seed);
/* Call after writing into parameter slots. */
int32_t network_changed(int32_t network);

/* Slots of a network. Parameters 0-5, row-major, in the order of the saved file; their gradients at +8. */
#define RECURRA_WEIGHT_IH 0 /* (H, I) */
#define RECURRA_WEIGHT_HH 1 /* (H, H) */
#define RECURRA_WEIGHT_OH 2 /* (H, O) */
#define RECURRA_BIAS_H    3 /* (H)    */
#define RECURRA_WEIGHT_HO 4 /* (O, H) */
#define RECURRA_BIAS_O    5 /* (O)    */
#define RECURRA_GRADIENT  8 /* RECURRA_GRADIENT + RECURRA_WEIGHT_IH … */
#define RECURRA_PARAMETERS 16 /* all parameters as one block, each tensor padded with zeros to 16 floats */
#define RECURRA_GRADIENTS  17 /* all gradients alike */

/* ── Workspaces: one batch of sequences ─────────────────────────────────────────────────────────────────────── */
#define RECURRA_VECTORS        1 /* inputs are N x I values; otherwise N indices (nothing when I is 0)  */
#define RECURRA_TARGETS        2 /* there are targets, hence a loss                                     */
#define RECURRA_STEP_WEIGHTS   4 /* a weight per scored row; otherwise 1                                */
#define RECURRA_INITIAL        8 /* an initial state per sequence; otherwise 0                          */
#define RECURRA_INITIAL_FED   16 /* an initial feedback per sequence; otherwise 0                       */
#define RECURRA_KEEP          32 /* keep every sequence's tape, for workspace_forward and _backward     */

int32_t workspace_create(int32_t network);
int32_t workspace_free(int32_t workspace);
/* Makes the slots for B = sequences and N = rows; what they hold is then unspecified (ids and first steps: 0, 1, 2 … and
 * 0). Optional slots are closed. With KEEP only _forward and _backward run, without it only _train and _evaluate.
 * A sequence may have no steps, unless outputs are "last". */
int32_t workspace_shape(int32_t workspace, int32_t sequences, int32_t rows, int32_t flags);
/* All at once and keeping the tape; needs KEEP. */
int32_t workspace_forward(int32_t workspace);
/* Overwrites the network's gradients with those of scale * loss plus sum(downstream * value) over the open D_ slots, and
 * closes the GRAD_ slots. OUT_OF_ORDER when parameters changed since workspace_forward. */
int32_t workspace_backward(int32_t workspace, double scale);
/* Forward and backward, tape reused from shard to shard: gradients of loss / count overwrite the network's. Needs TARGETS. */
int32_t workspace_train(int32_t workspace);
/* Forward only. Fills the slots STATES, OUTPUTS and PREDICTIONS if they are open. */
int32_t workspace_evaluate(int32_t workspace);
/* The dial of teacher forcing, for networks with R, outputs at every step and TARGETS: at each step of each sequence the
 * target is fed back if the draw of (seed, TEACHER, id, update) at its absolute step is below teacher_forcing, 0 to 1, otherwise
 * the network's own output. workspace_shape sets 1, 0, 0. Without TARGETS, and with outputs "last", all is the network's own.
 * seed and update also key what feedback 3 draws. Forgets what passes computed. */
int32_t workspace_forcing(int32_t workspace, double teacher_forcing, double seed, int32_t update);
/* Bytes for the tape: states, gradients, what is fed back, and checkpoints; 0, the default, sets no limit. What does
 * not fit is computed again on the way back, with the same bits. A pass for which no cut is small enough answers
 * OUT_OF_MEMORY: detail 0 = the least budget that will do, 1 = the budget, 2 = 0. Stays until set again; forgets what passes
 * computed. */
int32_t workspace_budget(int32_t workspace, double bytes);
/* What workspace_train divides the loss by in its gradients, for a shard of a larger batch: the sum of all the weights of that
 * batch. 0, which workspace_shape sets, is the sum of this one's own. RESULTS stay those of this batch. */
int32_t workspace_count(int32_t workspace, double count);
/* Adds normal noise of this standard deviation to vector inputs, drawn by (seed, id, first step + step, update). */
int32_t workspace_add_noise(int32_t workspace, double deviation, double seed, int32_t update);
/* Makes an optional slot exist. D_ slots open full of zeros. STATES, OUTPUTS and PREDICTIONS are filled at once after
 * workspace_forward, otherwise by the next pass. GRAD_ slots exist after workspace_backward and are filled at once. What a
 * budget made the kernel forget, and more than 4 outputs for each hidden unit, it computes again: the parameters, and for
 * GRAD_ slots the open D_ slots, must then be those of the pass (otherwise OUT_OF_ORDER); and so must what was written into
 * the batch's slots, which it reads again. */
int32_t workspace_open(int32_t workspace, int32_t slot);
int32_t workspace_close(int32_t workspace, int32_t slot);

/* Slots of a workspace: in */
#define RECURRA_LENGTHS           0 /* i32 B                                             */
#define RECURRA_INPUTS            1 /* i32 N, or N x I with VECTORS                      */
#define RECURRA_TARGET            2 /* i32 Q for cross-entropy, otherwise Q x O          */
#define RECURRA_WEIGHTS           3 /* Q                                                 */
#define RECURRA_INITIAL_STATE     4 /* B x H                                             */
#define RECURRA_INITIAL_FEEDBACK  5 /* B x O                                             */
#define RECURRA_IDS               6 /* i32 B: a sequence's identity for random draws     */
#define RECURRA_FIRST_STEPS       7 /* i32 B: absolute number of its first step          */
/* out, after forward, train or evaluate */
#define RECURRA_FINAL_STATE       8 /* B x H, at each sequence's own last step           */
#define RECURRA_STEP_LOSSES       9 /* Q, unweighted                                     */
#define RECURRA_RESULTS          10 /* f64 4: sum of weight*loss, sum of weights, sum of weights of rows whose largest
                                     * output is the target's class (0 without classes), bytes of the tape */
#define RECURRA_FINAL_FED        11 /* B x O, with R: f of each sequence's last step, which enters the step after it */
/* optional in, for workspace_backward */
#define RECURRA_D_OUTPUTS        16 /* Q x O: dL/do                                      */
#define RECURRA_D_STATES         17 /* N x H: dL/dh                                      */
#define RECURRA_D_FINAL_STATE    18 /* B x H: dL/dh at the last step                     */
/* optional out */
#define RECURRA_STATES           19 /* N x H                                             */
#define RECURRA_OUTPUTS          20 /* Q x O, before softmax                             */
#define RECURRA_PREDICTIONS      21 /* Q x O: probabilities, or outputs for squared error */
#define RECURRA_FED_BACK         22 /* N x O, with R: what entered each step, f of the step before */
#define RECURRA_GRAD_INPUTS      23 /* N x I                                             */
#define RECURRA_GRAD_STATES      24 /* N x H: dL/dh_t in full                            */
#define RECURRA_GRAD_INITIAL_STATE    25 /* B x H */
#define RECURRA_GRAD_INITIAL_FEEDBACK 26 /* B x O, with R */

/* ── Optimizers: one fused pass over the network's gradients ────────────────────────────────────────────────── *
 * kind 0 sgd (a = momentum) · 1 adam (a, b = betas, c = epsilon, d = decoupled weight decay) · 2 rmsprop (a = decay, b = epsilon) */
int32_t optimizer_create(int32_t network, int32_t kind);
int32_t optimizer_free(int32_t optimizer);
/* Clips the global norm to clip_norm (0: no clipping), then updates. Bit k of `frozen` leaves parameter k as it is and
 * out of the norm. NON_FINITE leaves everything as it was. */
int32_t optimizer_step(int32_t optimizer, double learning_rate, double clip_norm, int32_t frozen,
                       double a, double b, double c, double d);
#define RECURRA_FIRST_MOMENT  0 /* like RECURRA_PARAMETERS: velocity, mean of gradients, or mean of squares (rmsprop) */
#define RECURRA_SECOND_MOMENT 1 /* adam only: mean of squares                                             */
#define RECURRA_POWERS        2 /* f64 2: beta1^t and beta2^t so far (adam), 1 and 1 at the start         */
#define RECURRA_NORM          3 /* f64 1: norm of the last gradient, before clipping                      */

/* ── Streams: live data, one step at a time, state carried ──────────────────────────────────────────────────── */
int32_t stream_create(int32_t network, int32_t lanes);
int32_t stream_free(int32_t stream);
/* kind 0 no input (I = 0), 1 indices, 2 vectors. With R, FEEDBACK enters; afterwards it holds what the network feeds back
 * itself. A host with a target, or a symbol of its own, writes it there instead. */
int32_t stream_step(int32_t stream, int32_t kind);
/* Draws a symbol per lane from softmax(outputs / temperature), or takes the largest at temperature 0. Lane l draws
 * with (seed, first_id + l, step). */
int32_t stream_sample(int32_t stream, double temperature, double seed, int32_t first_id, int32_t step);
/* Key of what feedback 3 draws: lane l draws with (seed, FEEDBACK, first_id + l, update 0) at `step`, which each stream_step
 * counts up. 0, 0, 0 at first. */
int32_t stream_draws(int32_t stream, double seed, int32_t first_id, double step);
#define RECURRA_STREAM_INDICES 0 /* i32 B        */
#define RECURRA_STREAM_VECTORS 1 /* B x I        */
#define RECURRA_STREAM_STATE   2 /* B x H, in and out */
#define RECURRA_STREAM_OUTPUTS 3 /* B x O        */
#define RECURRA_STREAM_SYMBOLS 4 /* i32 B        */
#define RECURRA_STREAM_FEEDBACK 5 /* B x O, with R, in and out */

/* ── Draws and measurement ──────────────────────────────────────────────────────────────────────────────────── */
/* Uniform in [0, 1), 32 bits, Philox 4x32-10 keyed by seed; purpose 0-255: 0 initialize, 1 noise, 2 TEACHER, 3 FEEDBACK, 4 sample
 * (16 up are the host's). */
double draw(double seed, int32_t purpose, int32_t id, int32_t step, int32_t update);
/* A multiply-add loop that touches no memory: 13 vector accumulators, `iterations` rounds of 13 x 4 x 2 flops. */
double peak(int32_t iterations);

#endif
