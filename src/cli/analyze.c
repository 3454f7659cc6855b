#include "config.h"
#include "cli/command.h"

#include <stdbool.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "cli/analysis.h"
#include "cli/hessian_input.h"
#include "cli/noise_analysis.h"
#include "io/problem_file.h"
#include "model/least_squares.h"

typedef struct {
  size_t k;     /* 0: proposed */
  double eta;   /* 0: none */
  double ridge; /* of a data set */
  size_t batch; /* of a data set; 0: not given */
  bool has_ridge, json;
  const char *file, *output; /* file: NULL where the Hessian has a file of its own */
  hessian_files hessian;
} analyze_settings;

/* --- command line --------------------------------------------------------------------------- */

/* What goes with a Hessian goes with nothing else. */
static int check_hessian_options(const analyze_settings *settings) {
  const hessian_files *h = &settings->hessian;
  const char *lone = h->gradient != NULL     ? "--gradient"
                     : h->covariance != NULL ? "--covariance"
                     : h->has_variance       ? "--noise-variance"
                     : h->has_damping        ? "--damping"
                                             : NULL;
  if (h->hessian == NULL)
    return lone == NULL ? CLI_HOLDS : cli_usage_error("analyze", "%s goes with --hessian", lone);
  if (settings->has_ridge)
    return cli_usage_error("analyze", "--ridge is for labelled samples: with --hessian it is "
                                      "--damping");
  if (settings->batch > 0)
    return cli_usage_error("analyze", "--batch is for labelled samples: it says nothing of a "
                                      "Hessian");
  if (h->covariance != NULL && h->has_variance)
    return cli_usage_error("analyze", "--covariance and --noise-variance: one noise at a time");
  if (h->gradient == NULL && (h->covariance != NULL || h->has_variance))
    return cli_usage_error("analyze", "%s goes with --gradient",
                           h->covariance != NULL ? "--covariance" : "--noise-variance");
  return CLI_HOLDS;
}

/* CLI_HOLDS to go on, CLI_TROUBLE after a line on stderr; *done when --help was all. */
static int read_command_line(int argc, char **argv, analyze_settings *settings, bool *done) {
  static const struct option options[] = {{"k", required_argument, NULL, 'k'},
                                          {"eta", required_argument, NULL, 'e'},
                                          {"ridge", required_argument, NULL, 'r'},
                                          {"batch", required_argument, NULL, 'b'},
                                          {"hessian", required_argument, NULL, 'H'},
                                          {"gradient", required_argument, NULL, 'g'},
                                          {"covariance", required_argument, NULL, 'S'},
                                          {"noise-variance", required_argument, NULL, 's'},
                                          {"damping", required_argument, NULL, 'd'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"output", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  hessian_files *const hessian = &settings->hessian;
  int option;
  while ((option = cli_next_option(argc, argv, ":hk:o:", options)) != -1)
    switch (option) {
    case 'H':
      hessian->hessian = optarg;
      break;
    case 'g':
      hessian->gradient = optarg;
      break;
    case 'S':
      hessian->covariance = optarg;
      break;
    case 's':
      if (!cli_parse_real(optarg, &hessian->variance) || hessian->variance < 0.0)
        return cli_usage_error("analyze", "--noise-variance '%s': not a finite number from 0",
                               optarg);
      hessian->has_variance = true;
      break;
    case 'd':
      if (!cli_parse_real(optarg, &hessian->damping) || hessian->damping < 0.0)
        return cli_usage_error("analyze", "--damping '%s': not a finite number from 0", optarg);
      hessian->has_damping = true;
      break;
    case 'k':
      if (!cli_parse_count(optarg, &settings->k))
        return cli_usage_error("analyze", "--k '%s': " CLI_COUNT_WANTED, optarg);
      break;
    case 'e':
      if (!cli_parse_real(optarg, &settings->eta) || !(settings->eta > 0.0))
        return cli_usage_error("analyze", "--eta '%s': not a finite number above 0", optarg);
      break;
    case 'r':
      if (!cli_parse_real(optarg, &settings->ridge) || settings->ridge < 0.0)
        return cli_usage_error("analyze", "--ridge '%s': not a finite number from 0", optarg);
      settings->has_ridge = true;
      break;
    case 'b':
      if (!cli_parse_count(optarg, &settings->batch))
        return cli_usage_error("analyze", "--batch '%s': " CLI_COUNT_WANTED, optarg);
      break;
    case 'j':
      settings->json = true;
      break;
    case 'o':
      settings->output = optarg;
      break;
    case 'h':
      fputs(cli_analyze.help, stdout);
      *done = true;
      return CLI_HOLDS;
    default:
      return CLI_TROUBLE;
    }
  const int result = check_hessian_options(settings);
  if (result != CLI_HOLDS)
    return result;
  if (hessian->hessian != NULL)
    return optind == argc ? CLI_HOLDS
                          : cli_usage_error("analyze", "--hessian and '%s': one problem at a time",
                                            argv[optind]);
  if (optind == argc)
    return cli_usage_error("analyze", "which file?");
  if (optind + 1 < argc)
    return cli_usage_error("analyze", "one file at a time: '%s' is one too many", argv[optind + 1]);
  settings->file = argv[optind];
  return CLI_HOLDS;
}

/* --- input ---------------------------------------------------------------------------------- */

/* What was read, for the first line of the text. */
typedef struct {
  bool is_spectrum;
  size_t samples, features;
  hessian_input hessian;      /* all zero without --hessian */
  noise_analysis noise;       /* of labelled samples */
  diagnostic noise_is_absent; /* then its code is not GSL_SUCCESS, and it says why */
} input_kind;

/* Product and sum round one entry in two ways: the symmetric matrix with v on its diagonal. */
static void settle_covariance(quadratic *q) {
  for (size_t i = 0; i < q->d && q->covariance != NULL; i++) {
    gsl_matrix_set(q->covariance, i, i, q->v[i]);
    for (size_t j = 0; j < i; j++)
      gsl_matrix_set(q->covariance, j, i, gsl_matrix_get(q->covariance, i, j));
  }
}

static int read_samples(const analyze_settings *settings, const io_table *table, quadratic **q,
                        input_kind *kind, diagnostic *diag) {
  gsl_matrix *samples = NULL;
  gsl_vector *labels = NULL;
  least_squares *problem = NULL;
  int status = io_samples_of_table(settings->file, table, &samples, &labels, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  kind->samples = samples->size1;
  kind->features = samples->size2;
  status =
      least_squares_from_samples(samples, labels, settings->ridge, settings->k, &problem, diag);
  if (status == GSL_SUCCESS) {
    *q = least_squares_state(problem, NULL, problem->spectrum->d <= HESSIAN_COVARIANCE_MOST);
    if (*q != NULL)
      settle_covariance(*q);
    status = *q == NULL ? diagnostic_set(diag, GSL_ENOMEM, "out of memory")
                        : quadratic_validate(*q, diag);
  }
  if (status == GSL_SUCCESS &&
      noise_analysis_of(problem, settings->batch > 0 ? settings->batch : 1, settings->eta,
                        &kind->noise, &kind->noise_is_absent) == GSL_ENOMEM)
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  if (status != GSL_SUCCESS)
    diagnostic_prefix(diag, settings->file);

cleanup:
  least_squares_free(problem);
  gsl_matrix_free(samples);
  gsl_vector_free(labels);
  return status;
}

/* *q is the caller's to free whatever is returned. */
static int read_input(const analyze_settings *settings, quadratic **q, input_kind *kind,
                      diagnostic *diag) {
  io_table *table = NULL;
  if (settings->hessian.hessian != NULL) {
    const int read = hessian_input_read(&settings->hessian, settings->k, &kind->hessian, diag);
    *q = read == GSL_SUCCESS ? hessian_input_take_state(&kind->hessian) : NULL;
    return read;
  }
  int status = io_table_read(settings->file, &table, diag);
  if (status != GSL_SUCCESS)
    return status;
  kind->is_spectrum = io_table_kind(table) == IO_SPECTRUM;
  if (!kind->is_spectrum)
    status = read_samples(settings, table, q, kind, diag);
  else if (settings->has_ridge || settings->batch > 0)
    status =
        diagnostic_set(diag, GSL_EINVAL, "%s: --%s is for labelled samples, and this is a spectrum",
                       settings->file, settings->has_ridge ? "ridge" : "batch");
  else
    status = io_spectrum_of_table(settings->file, table, settings->k, q, NULL, diag);
  io_table_free(table);
  return status;
}

/* --- output --------------------------------------------------------------------------------- */

static void write_text(const analyze_settings *settings, const input_kind *kind, const analysis *a,
                       FILE *stream) {
  if (settings->hessian.hessian != NULL)
    hessian_input_print(stream, &kind->hessian);
  else if (kind->is_spectrum)
    fprintf(stream, "%s: a spectrum with its state, %zu directions\n", settings->file, a->d);
  else
    fprintf(stream,
            "%s: %zu labelled samples of %zu features; least squares (ridge %.10g) in the state "
            "w = 0, noise of a mini-batch of one, %zu directions\n",
            settings->file, kind->samples, kind->features, settings->ridge, a->d);
  if (a != NULL)
    analysis_print(stream, a);
  else
    hessian_spectrum_print(stream, &kind->hessian, settings->eta);
  if (kind->samples > 0 && kind->noise_is_absent.code == GSL_SUCCESS)
    noise_analysis_print(stream, &kind->noise);
  else if (kind->samples > 0)
    fprintf(stream, "noise geometry: none\n    %s.\n", kind->noise_is_absent.message);
}

/* a NULL: there is no gradient, and the spectrum is all there is. */
static int write_json(const analyze_settings *settings, const input_kind *kind, const analysis *a,
                      FILE *stream, diagnostic *diag) {
  json_t *object = a != NULL ? analysis_json(a) : hessian_spectrum_json(&kind->hessian);
  const bool has_noise = kind->samples > 0 && kind->noise_is_absent.code == GSL_SUCCESS;
  int status = GSL_SUCCESS;
  if (object == NULL ||
      (kind->samples > 0 && !has_noise &&
       json_object_set_new(object, "noise_absent", json_string(kind->noise_is_absent.message)) !=
           0) ||
      (has_noise && noise_analysis_add_json(&kind->noise, object) != GSL_SUCCESS) ||
      (settings->hessian.hessian != NULL &&
       json_object_set_new(object, "hessian", hessian_input_json(&kind->hessian)) != 0))
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  else if (io_json_print(object, stream) != GSL_SUCCESS && !ferror(stream))
    status = diagnostic_set(diag, GSL_EFAILED, "the result cannot be written as JSON");
  json_decref(object);
  return status;
}

static int write_output(const analyze_settings *settings, const input_kind *kind, const analysis *a,
                        diagnostic *diag) {
  cli_output output;
  int status = cli_output_open(settings->output, &output, diag);
  if (status != GSL_SUCCESS)
    return status;
  if (settings->json)
    status = write_json(settings, kind, a, output.stream, diag);
  else
    write_text(settings, kind, a, output.stream);
  if (status == GSL_SUCCESS)
    return cli_output_close(&output, diag);
  cli_output_abandon(&output);
  return status;
}

static int analyze(const analyze_settings *settings, diagnostic *diag) {
  quadratic *q = NULL;
  input_kind kind = {.noise_is_absent = {GSL_SUCCESS, ""}};
  analysis a;
  int status = read_input(settings, &q, &kind, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  if (q != NULL) {
    q->eta = settings->eta;
    status = analysis_of(q, &a, diag);
    if (status != GSL_SUCCESS) {
      diagnostic_prefix(diag, settings->file != NULL ? settings->file : settings->hessian.gradient);
      goto cleanup;
    }
  }
  status = write_output(settings, &kind, q != NULL ? &a : NULL, diag);

cleanup:
  hessian_input_free(&kind.hessian);
  quadratic_free(q);
  return status;
}

static int run(int argc, char **argv) {
  analyze_settings settings = {0};
  diagnostic diag = {0, ""};
  bool done = false;
  const int result = read_command_line(argc, argv, &settings, &done);
  if (result != CLI_HOLDS || done)
    return result;
  return analyze(&settings, &diag) == GSL_SUCCESS ? CLI_HOLDS : cli_trouble(&diag);
}

const cli_command cli_analyze = {
    .name = "analyze",
    .summary = "what the theorems say of your own spectrum, Hessian or data set",
    .help =
        "Usage: suspalign analyze [--k K] [--eta ETA] [--ridge R] [--batch B] [--json] FILE.csv\n"
        "       suspalign analyze --hessian H [--gradient G] [--covariance S | --noise-variance "
        "V]\n"
        "                         [--damping R] [--k K] [--eta ETA] [--json]\n"
        "Prints regime, alignment and its threshold, critical step, the interval of opposite "
        "effects,\n"
        "the stability edge and, at a step ETA, the next alignment, its limit, and whether the\n"
        "two-phase theorem applies: these are mean field, ratios of expectations.  Then, for "
        "Gaussian\n"
        "noise, the true expectations: the true critical step and, at ETA, mean and deviation of "
        "the\n"
        "next alignment, and mean, deviation and 95 % interval of the stationary one.  Of "
        "labelled\n"
        "samples also how their noise is aligned with the Hessian, and the step up to which "
        "batches of\n"
        "B are stable in mean square.  Each with a line on what it means for this input.\n\n"
        "FILE.csv, plain or gzipped, is a spectrum with its state when its header is lambda,g,v "
        "(in\n"
        "any order; one eigendirection a line: curvature, gradient coordinate, noise variance), "
        "else\n"
        "labelled samples, the label in the last column: least squares, in the state w = 0.\n\n"
        "H, G and S are a Hessian, a gradient and the covariance of the gradient's noise in any "
        "one\n"
        "basis: NumPy's .npy, Matrix Market or CSV, plain or gzipped.  H is symmetric up to "
        "rounding and\n"
        "positive definite; S is a matrix, or a vector for a diagonal one.  Without G: what the\n"
        "spectrum alone says.\n\n"
        "  -k, --k K          dominant directions (proposed from the largest relative gap)\n"
        "  --eta ETA          step size\n"
        "  --ridge R          r in the loss |Xw - y|^2/(2n) + (r/2)|w|^2 of labelled samples (0)\n"
        "  --batch B          mini-batch of labelled samples, for stability in mean square (1)\n"
        "  --hessian H        the Hessian\n"
        "  --gradient G       the gradient\n"
        "  --covariance S     the noise: its covariance or its variances\n"
        "  --noise-variance V the noise: V times the identity\n"
        "  --damping R        adds R times the identity to the Hessian (0)\n"
        "  --json             one object, numbers to 17 digits\n"
        "  -o, --output FILE  into a file, whole or not at all\n"
        "  --help             this text\n\n"
        "Exit status: 0, or 2 for bad usage or bad input.\n",
    .run = run,
};
