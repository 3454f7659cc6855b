#include "config.h"
#include "families/number.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- cost ----------------------------------------------------------------------------------- */

/* |x| = odd * 2^exponent, x finite and not 0. */
static void take_apart(double x, double *odd, int *exponent) {
  int e;
  uint64_t m = (uint64_t)ldexp(frexp(fabs(x), &e), 53);
  e -= 53;
  for (; m % 2 == 0; m /= 2)
    e++;
  *odd = (double)m;
  *exponent = e;
}

double family_number_cost(double x) {
  if (x == 0.0)
    return 0.0;
  if (!isfinite(x))
    return 128.0;
  double odd;
  int exponent;
  take_apart(x, &odd, &exponent);
  const double bits = log2(1.0 + odd);
  const double plain = exponent >= 0 ? log2(1.0 + fabs(x)) : bits - exponent;
  const double scientific = bits + 3.0 + log2(1.0 + abs(exponent));
  /* Rounded: sums are then exact, and no last bit of a log2 decides what is simpler. */
  return round(1024.0 * fmin(plain, scientific)) / 1024.0 + (x < 0.0 ? 0.5 : 0.0);
}

double family_number_round(double x, int bits) {
  if (x == 0.0 || !isfinite(x))
    return x;
  int e;
  const double m = frexp(x, &e);
  return ldexp(rint(ldexp(m, bits)), e - bits);
}

double family_array_cost(const double *x, size_t n) {
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) {
    const double cost = family_number_cost(x[i]);
    sum += i > 0 && x[i] == x[i - 1] ? fmin(cost, 0.25) : cost;
  }
  return sum;
}

/* --- simpler numbers ------------------------------------------------------------------------ */

typedef struct {
  double *value;
  double cost[FAMILY_NUMBER_SIMPLER_MOST];
  double limit; /* what x costs */
  size_t count;
} candidates;

/* Keeps the list sorted by cost; the first of equal cost stays first. */
static void offer(candidates *list, double value) {
  if (list->count == FAMILY_NUMBER_SIMPLER_MOST)
    return;
  for (size_t i = 0; i < list->count; i++)
    if (list->value[i] == value)
      return;
  const double cost = family_number_cost(value);
  if (!(cost < list->limit))
    return;
  size_t at = list->count++;
  for (; at > 0 && list->cost[at - 1] > cost; at--) {
    list->value[at] = list->value[at - 1];
    list->cost[at] = list->cost[at - 1];
  }
  list->value[at] = value;
  list->cost[at] = cost;
}

size_t family_number_simpler(double x, double simpler[FAMILY_NUMBER_SIMPLER_MOST]) {
  static const int few_bits[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40, 48};
  enum { INTEGER_BITS = 20, DENOMINATOR_BITS = 4 };
  candidates list = {.value = simpler, .limit = family_number_cost(x)};
  offer(&list, 0.0);
  offer(&list, 1.0);
  offer(&list, -1.0);
  if (x == 0.0 || !isfinite(x))
    return list.count;
  offer(&list, fabs(x));
  int e;
  frexp(x, &e);
  const double size = fabs(x), below = ldexp(1.0, e - 1);
  offer(&list, copysign(2.0, x));
  offer(&list, copysign(3.0, x));
  offer(&list, copysign(ldexp(1.0, (e - 1) / 2), x));
  offer(&list, copysign(below, x));
  offer(&list, copysign(2.0 * below, x));
  for (size_t i = 0; i < sizeof few_bits / sizeof *few_bits; i++) {
    offer(&list, family_number_round(x, few_bits[i]));
    if (few_bits[i] > 8)
      continue;
    const double unit = ldexp(1.0, e - few_bits[i]);
    offer(&list, copysign(floor(size / unit) * unit, x));
    offer(&list, copysign(ceil(size / unit) * unit, x));
  }
  if (size < ldexp(1.0, INTEGER_BITS)) {
    for (int f = 0; f <= DENOMINATOR_BITS; f++) {
      offer(&list, copysign(floor(ldexp(size, f)) * ldexp(1.0, -f), x));
      offer(&list, copysign(ceil(ldexp(size, f)) * ldexp(1.0, -f), x));
    }
    for (double step = 1.0; size == floor(size) && step < size; step *= 2.0)
      offer(&list, copysign(size - step, x));
  }
  double odd;
  int exponent;
  take_apart(x, &odd, &exponent);
  offer(&list, copysign(ldexp(odd - 1.0, exponent), x));
  offer(&list, copysign(ldexp(odd + 1.0, exponent), x));
  return list.count;
}

size_t family_count_simpler(size_t n, size_t least, size_t simpler[FAMILY_COUNT_SIMPLER_MOST]) {
  size_t count = 0;
  if (n <= least)
    return 0;
  simpler[count++] = least;
  if (n / 2 > least)
    simpler[count++] = n / 2;
  if (n - 1 > least && n - 1 != n / 2)
    simpler[count++] = n - 1;
  return count;
}

/* --- blocks --------------------------------------------------------------------------------- */

/* Lengths ceil(n/2), ceil(n/4), ..., 1; blocks of one length side by side, the last one shorter. */
static bool walk_blocks(size_t n, size_t *attempt, size_t *from, size_t *length) {
  for (size_t size = n; size > 1;) {
    size = (size + 1) / 2;
    const size_t blocks = (n + size - 1) / size;
    if (*attempt < blocks) {
      *from = *attempt * size;
      *length = *from + size <= n ? size : n - *from;
      return true;
    }
    *attempt -= blocks;
  }
  return false;
}

bool family_block(size_t n, size_t attempt, size_t *from, size_t *length) {
  return walk_blocks(n, &attempt, from, length);
}

size_t family_block_count(size_t n) {
  size_t left = SIZE_MAX, from, length;
  walk_blocks(n, &left, &from, &length);
  return SIZE_MAX - left;
}

/* --- writing -------------------------------------------------------------------------------- */

/* Whether `digits` significant decimal digits are exactly x. */
static bool write_decimal(double x, int digits, char text[32]) {
  snprintf(text, 32, "%.*g", digits, x);
  return strtod(text, NULL) == x && !(x == 0.0 && signbit(x));
}

void family_number_print_code(FILE *stream, double x) {
  char text[32];
  if (write_decimal(x, 6, text))
    fputs(text, stream);
  else
    fprintf(stream, "%a", x);
}

void family_array_print_code(FILE *stream, const double *x, size_t n) {
  fputc('{', stream);
  for (size_t i = 0; i < n; i++) {
    if (i > 0)
      fputs(", ", stream);
    family_number_print_code(stream, x[i]);
  }
  fputc('}', stream);
}

void family_number_print_tex(FILE *stream, double x) {
  enum { DENOMINATOR_BITS = 10 };
  const double size_most = 1e6;
  if (x == 0.0 || !isfinite(x)) {
    fputs(x == 0.0 ? "0" : isnan(x) ? "\\mathrm{NaN}" : x > 0.0 ? "\\infty" : "-\\infty", stream);
    return;
  }
  double odd;
  int exponent;
  take_apart(x, &odd, &exponent);
  const char *sign = x < 0.0 ? "-" : "";
  if (exponent >= 0 && fabs(x) < size_most)
    fprintf(stream, "%.0f", x);
  else if (exponent < 0 && exponent >= -DENOMINATOR_BITS && odd < size_most)
    fprintf(stream, "%s%.0f/%.0f", sign, odd, ldexp(1.0, -exponent));
  else if (odd == 1.0)
    fprintf(stream, "%s2^{%d}", sign, exponent);
  else if (odd < size_most)
    fprintf(stream, "%s%.0f\\cdot2^{%d}", sign, odd, exponent);
  else if (exponent == -52 && odd - 0x1p52 < size_most)
    fprintf(stream, "%s(1+%.0f\\cdot2^{-52})", sign, odd - 0x1p52);
  else {
    char text[32];
    snprintf(text, sizeof text, "%.3e", x);
    char *e = strchr(text, 'e');
    *e = '\0';
    const long ten = strtol(e + 1, NULL, 10);
    fprintf(stream, "{\\approx}%s", text);
    if (ten != 0)
      fprintf(stream, "\\cdot10^{%ld}", ten);
  }
}

void family_array_print_tex(FILE *stream, const double *x, size_t n) {
  enum { SHOWN = 6 };
  fputc('(', stream);
  for (size_t i = 0; i < n; i++) {
    if (n > SHOWN && i >= 2 && i + 1 < n) {
      if (i == 2)
        fputs(",\\dots", stream);
      continue;
    }
    if (i > 0)
      fputc(',', stream);
    family_number_print_tex(stream, x[i]);
  }
  fputc(')', stream);
}
