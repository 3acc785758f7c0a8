/*
 * The shared library of llama.cpp driven by nothing but this: reads tokens, then says the likeliest next one
 * again and again. For each line that it gets, a run; it prints a line for each: milliseconds of the prompt, and
 * of the answer. The first tokens of the prompt are there before it looks at its clock, as the engine keeps what a
 * prompt has in common with the one before: every batch then looks back on as many as the engine's does.
 *
 * Usage: llama-bare MODEL BACKENDS LAYERS THREADS BATCH CONTEXT ANSWER_TOKENS THERE TOKEN...
 * LAYERS are those that a graphics processor computes; 0: none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "llama.h"

static double now_ms(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1e3 + at.tv_nsec / 1e6;
}

static void quiet(enum ggml_log_level level, const char *text, void *data) {
  (void)level, (void)text, (void)data;
}

static llama_token likeliest(struct llama_context *context, int words) {
  const float *logits = llama_get_logits_ith(context, -1);
  int best = 0;
  for (int each = 1; each < words; each += 1)
    if (logits[each] > logits[best]) best = each;
  return best;
}

static void evaluate(struct llama_context *context, llama_token *tokens, int count) {
  if (llama_decode(context, llama_batch_get_one(tokens, count)) != 0) exit(3);
}

int main(int argc, char **argv) {
  if (argc < 10) return 2;
  llama_log_set(quiet, NULL);
  ggml_backend_load_all_from_path(argv[2]);
  llama_backend_init();
  const int layers = atoi(argv[3]), threads = atoi(argv[4]), batch = atoi(argv[5]), answer = atoi(argv[7]);
  const int there = atoi(argv[8]), count = argc - 9;
  llama_token *prompt = calloc(count, sizeof *prompt);
  for (int at = 0; at < count; at += 1) prompt[at] = atoi(argv[9 + at]);

  struct llama_model_params of_model = llama_model_default_params();
  of_model.n_gpu_layers = layers;
  struct llama_model *model = llama_model_load_from_file(argv[1], of_model);
  if (model == NULL) return 3;
  struct llama_context_params of_context = llama_context_default_params();
  of_context.n_ctx = atoi(argv[6]);
  of_context.n_batch = of_context.n_ubatch = batch;
  of_context.n_threads = of_context.n_threads_batch = threads;
  struct llama_context *context = llama_init_from_model(model, of_context);
  if (context == NULL) return 3;
  const int words = llama_vocab_n_tokens(llama_model_get_vocab(model));

  while (getchar() == '\n') {
    llama_memory_clear(llama_get_memory(context), true);
    if (there > 0) evaluate(context, prompt, there);
    double started = now_ms();
    for (int at = there; at < count; at += batch)
      evaluate(context, prompt + at, count - at < batch ? count - at : batch);
    llama_token next = likeliest(context, words);
    double read = now_ms();
    for (int said = 1; said < answer; said += 1) {
      evaluate(context, &next, 1);
      next = likeliest(context, words);
    }
    printf("%.3f %.3f\n", read - started, now_ms() - read);
    fflush(stdout);
  }
  return 0;
}
