#include "config.h"
#include "mutants.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- tokens --------------------------------------------------------------------------------- */

typedef enum { TOKEN_WORD, TOKEN_NUMBER, TOKEN_TEXT, TOKEN_MARK } token_kind;

typedef struct {
  token_kind kind;
  size_t start, end;
  int line;
  size_t partner; /* of a bracket: the index of the other one */
  size_t inside;  /* index of the innermost bracket around it, NONE at file level */
  bool skip;
} token;

typedef struct {
  const char *source;
  token *item;
  size_t count, capacity;
  mutant_list *out;
  const char *function; /* into the source, of function_length */
  size_t function_length;
  mutant_role role;
  bool failed;
} context;

static const size_t none = (size_t)-1;

static bool is_word_byte(char c) {
  return isalnum((unsigned char)c) || c == '_';
}

static bool add_token(context *c, token_kind kind, size_t start, size_t end, int line) {
  if (c->count == c->capacity) {
    const size_t capacity = c->capacity == 0 ? 1024 : 2 * c->capacity;
    token *item = realloc(c->item, capacity * sizeof *item);
    if (item == NULL)
      return false;
    c->item = item;
    c->capacity = capacity;
  }
  c->item[c->count++] = (token){kind, start, end, line, none, none, false};
  return true;
}

static size_t mark_length(const char *s) {
  static const char *const marks[] = {"<<=", ">>=", "...", "->", "++", "--", "<<", ">>",
                                      "<=",  ">=",  "==",  "!=", "&&", "||", "+=", "-=",
                                      "*=",  "/=",  "%=",  "&=", "|=", "^="};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (strncmp(s, marks[i], strlen(marks[i])) == 0)
      return strlen(marks[i]);
  return 1;
}

static bool tokenize(context *c) {
  const char *s = c->source;
  int line = 1;
  bool at_line_start = true;
  for (size_t i = 0; s[i] != '\0';) {
    const size_t start = i;
    const int start_line = line;
    token_kind kind;
    if (s[i] == '\n') {
      line++;
      i++;
      at_line_start = true;
      continue;
    }
    if (isspace((unsigned char)s[i])) {
      i++;
      continue;
    }
    if (s[i] == '/' && s[i + 1] == '*') {
      for (i += 2; s[i] != '\0' && !(s[i] == '*' && s[i + 1] == '/'); i++)
        line += s[i] == '\n';
      i += s[i] != '\0' ? 2 : 0;
      continue;
    }
    if (s[i] == '/' && s[i + 1] == '/') {
      while (s[i] != '\0' && s[i] != '\n')
        i++;
      continue;
    }
    if (s[i] == '#' && at_line_start) {
      for (; s[i] != '\0' && s[i] != '\n'; i++)
        if (s[i] == '\\' && s[i + 1] == '\n') {
          line++;
          i++;
        }
      continue;
    }
    at_line_start = false;
    if (s[i] == '"' || s[i] == '\'') {
      kind = TOKEN_TEXT;
      for (i++; s[i] != '\0' && s[i] != s[start]; i++)
        i += s[i] == '\\' && s[i + 1] != '\0';
      i += s[i] != '\0';
    } else if (isdigit((unsigned char)s[i]) || (s[i] == '.' && isdigit((unsigned char)s[i + 1]))) {
      kind = TOKEN_NUMBER;
      const bool hex = s[i] == '0' && (s[i + 1] == 'x' || s[i + 1] == 'X');
      while (is_word_byte(s[i]) || s[i] == '.' ||
             ((s[i] == '+' || s[i] == '-') && i > start && strchr(hex ? "pP" : "eE", s[i - 1])))
        i++;
    } else if (is_word_byte(s[i])) {
      kind = TOKEN_WORD;
      while (is_word_byte(s[i]))
        i++;
    } else {
      kind = TOKEN_MARK;
      i += mark_length(s + i);
    }
    if (!add_token(c, kind, start, i, start_line))
      return false;
  }
  return true;
}

static bool is(const context *c, size_t i, const char *text) {
  return i < c->count && c->item[i].kind != TOKEN_TEXT &&
         c->item[i].end - c->item[i].start == strlen(text) &&
         memcmp(c->source + c->item[i].start, text, strlen(text)) == 0;
}

static bool is_one_of(const context *c, size_t i, const char *const *texts) {
  for (; *texts != NULL; texts++)
    if (is(c, i, *texts))
      return true;
  return false;
}

static bool match_brackets(context *c) {
  size_t *stack = malloc((c->count + 1) * sizeof *stack), depth = 0;
  bool good = stack != NULL;
  for (size_t i = 0; good && i < c->count; i++) {
    const char mark = c->item[i].kind == TOKEN_MARK ? c->source[c->item[i].start] : ' ';
    const bool closes = mark == ')' || mark == ']' || mark == '}';
    if (closes) {
      const char *const open = mark == ')' ? "(" : mark == ']' ? "[" : "{";
      good = depth > 0 && is(c, stack[depth - 1], open);
      if (!good)
        break;
      c->item[i].partner = stack[--depth];
      c->item[stack[depth]].partner = i;
    }
    c->item[i].inside = depth > 0 ? stack[depth - 1] : none;
    if (mark == '(' || mark == '[' || mark == '{')
      stack[depth++] = i;
  }
  good = good && depth == 0;
  free(stack);
  return good;
}

/* --- what the tokens are -------------------------------------------------------------------- */

static const char *const type_words[] = {
    "double", "float",  "int",      "long",  "short",  "unsigned", "signed", "char",     "void",
    "bool",   "size_t", "uint64_t", "const", "static", "struct",   "enum",   "uint32_t", NULL};
static const char *const statement_words[] = {"return", "else",   "case", "goto",
                                              "do",     "sizeof", NULL};
static const char *const operand_ends[] = {
    "<", ">",  "<=", ">=", "==", "!=", "&&", "||", "?",  ":",  ",", ";",
    "=", "+=", "-=", "*=", "/=", "|",  "&",  "%",  "<<", ">>", "!", NULL};
static const char *const text_functions[] = {
    "claim_note_set", "diagnostic_set", "diagnostic_prefix", "printf", "fprintf", "snprintf", NULL};

static bool opens(const context *c, size_t i) {
  return is(c, i, "(") || is(c, i, "[") || is(c, i, "{");
}

static bool shuts(const context *c, size_t i) {
  return is(c, i, ")") || is(c, i, "]") || is(c, i, "}");
}

static bool is_type(const context *c, size_t i) {
  return is_one_of(c, i, type_words);
}

/* `i` closes a cast such as (double). */
static bool closes_cast(const context *c, size_t i) {
  return is(c, i, ")") && (is_type(c, c->item[i].partner + 1) || is(c, i - 1, "*"));
}

/* A mark that stands between two operands.  Good enough where it matters: a declaration that is
 * mistaken for a product does not compile, and is counted as such. */
static bool is_binary(const context *c, size_t i) {
  if (i == 0 || i + 1 >= c->count)
    return false;
  const token *before = &c->item[i - 1];
  if (before->kind == TOKEN_WORD) {
    if (is_type(c, i - 1) || is_one_of(c, i - 1, statement_words))
      return false;
    static const char *const starts[] = {";", "{", "}", "const", "static", "struct", NULL};
    return !(is(c, i, "*") && i >= 2 && is_one_of(c, i - 2, starts));
  }
  if (is(c, i, "*") && is(c, i + 1, ")"))
    return false;
  return before->kind == TOKEN_NUMBER || is(c, i - 1, "]") ||
         (is(c, i - 1, ")") && !closes_cast(c, i - 1));
}

static bool is_sum(const context *c, size_t i) {
  return (is(c, i, "+") || is(c, i, "-")) && is_binary(c, i);
}

static bool is_product(const context *c, size_t i) {
  return (is(c, i, "*") || is(c, i, "/")) && is_binary(c, i);
}

/* One past the last token of the operand that begins at i. */
static size_t operand_end(const context *c, size_t i) {
  while (i < c->count && !shuts(c, i) && !is_sum(c, i) && !is_one_of(c, i, operand_ends))
    i = opens(c, i) ? c->item[i].partner + 1 : i + 1;
  return i;
}

/* The first token of the operand that ends before i; `sums` keeps going over + and -, and over
 * all that binds more than ?:. */
static size_t operand_begin(const context *c, size_t i, bool whole) {
  static const char *const whole_ends[] = {"?", ":", ",", ";", "=", "+=", "-=", "*=", "/=", NULL};
  while (i > 0) {
    const size_t p = i - 1;
    if (is(c, p, ")") || is(c, p, "]"))
      i = c->item[p].partner;
    else if (opens(c, p) || is(c, p, "}") || is_one_of(c, p, statement_words) ||
             (!whole && (is_sum(c, p) || is_one_of(c, p, operand_ends))) ||
             (whole && is_one_of(c, p, whole_ends)))
      break;
    else
      i = p;
  }
  return i;
}

/* The first token of the name that ends with token i: q->lambda, m.d0, lambda. */
static size_t name_begin(const context *c, size_t i) {
  while (i >= 2 && (is(c, i - 1, "->") || is(c, i - 1, ".")) &&
         (c->item[i - 2].kind == TOKEN_WORD || is(c, i - 2, "]"))) {
    i -= 2;
    if (is(c, i, "]"))
      i = c->item[i].partner - 1;
  }
  return i;
}

/* The header of a for loop around i, NONE if there is none. */
static size_t for_header(const context *c, size_t i) {
  const size_t around = c->item[i].inside;
  return around != none && around > 0 && is(c, around, "(") && is(c, around - 1, "for") ? around
                                                                                        : none;
}

static size_t semicolons_between(const context *c, size_t from, size_t to) {
  size_t count = 0;
  for (size_t i = from; i < to; i++)
    count += is(c, i, ";");
  return count;
}

/* --- mutants -------------------------------------------------------------------------------- */

/* Bytes [start, end) become `text`. */
static void add(context *c, mutant_operator kind, size_t start, size_t end, int line,
                const char *text) {
  mutant_list *out = c->out;
  if (c->failed)
    return;
  for (size_t i = out->count; i > 0 && out->count - i < 64; i--) {
    const mutant *m = &out->item[i - 1];
    if (m->start == start && m->end == end && strcmp(m->text, text) == 0)
      return;
  }
  if (out->count == out->capacity) {
    const size_t capacity = out->capacity == 0 ? 256 : 2 * out->capacity;
    mutant *item = realloc(out->item, capacity * sizeof *item);
    c->failed = item == NULL;
    if (c->failed)
      return;
    out->item = item;
    out->capacity = capacity;
  }
  mutant *m = &out->item[out->count];
  *m = (mutant){.start = start, .end = end, .text = strdup(text), .line = line, .kind = kind};
  c->failed = m->text == NULL;
  if (c->failed)
    return;
  m->role = c->role;
  snprintf(m->function, sizeof m->function, "%.*s", (int)c->function_length, c->function);
  out->count++;
}

/* Token i becomes `text`. */
static void replace(context *c, mutant_operator kind, size_t i, const char *text) {
  add(c, kind, c->item[i].start, c->item[i].end, c->item[i].line, text);
}

/* Tokens [from, to) become `format`, in which %s (as often as `times`) is what they were. */
static void rewrite(context *c, mutant_operator kind, size_t from, size_t to, const char *before,
                    const char *between, const char *after, int times) {
  const size_t start = c->item[from].start, end = c->item[to - 1].end, length = end - start;
  char *text = malloc(2 * length + strlen(before) + strlen(between) + strlen(after) + 1);
  c->failed = c->failed || text == NULL;
  if (text == NULL)
    return;
  sprintf(text, "%s%.*s%s%.*s%s", before, (int)length, c->source + start, between,
          times > 1 ? (int)length : 0, c->source + start, after);
  add(c, kind, start, end, c->item[from].line, text);
  free(text);
}

static void swap(context *c, mutant_operator kind, size_t i, const char *one, const char *other) {
  if (is(c, i, one))
    replace(c, kind, i, other);
  else if (is(c, i, other))
    replace(c, kind, i, one);
}

static void make_sign(context *c, size_t i) {
  if (is_sum(c, i))
    swap(c, MUTANT_SIGN, i, "+", "-");
  else if (is(c, i, "-") && !is_type(c, i + 1))
    replace(c, MUTANT_SIGN, i, "");
  swap(c, MUTANT_SIGN, i, "+=", "-=");
}

static void make_times(context *c, size_t i) {
  if (is_product(c, i))
    swap(c, MUTANT_TIMES, i, "*", "/");
  swap(c, MUTANT_TIMES, i, "*=", "/=");
}

static bool is_whole(const context *c, size_t i) {
  const char *s = c->source + c->item[i].start;
  const size_t length = c->item[i].end - c->item[i].start;
  return memchr(s, '.', length) == NULL && memchr(s, 'p', length) == NULL &&
         (memchr(s, 'x', length) != NULL || memchr(s, 'e', length) == NULL);
}

static void make_factor(context *c, size_t i) {
  static const char *const assigned[] = {"*=", "/=", NULL};
  if (c->item[i].kind != TOKEN_NUMBER ||
      !(is_product(c, i + 1) || (i > 0 && is_product(c, i - 1)) ||
        (i > 0 && is_one_of(c, i - 1, assigned))))
    return;
  const double value = strtod(c->source + c->item[i].start, NULL);
  if (is_whole(c, i)) {
    char text[40];
    snprintf(text, sizeof text, "%.0f", value == 1.0 ? 2.0 : value > 2.0 ? value - 1.0 : 1.0);
    replace(c, MUTANT_FACTOR, i, text);
  } else if (value == 1.0 || value == 2.0)
    replace(c, MUTANT_FACTOR, i, value == 1.0 ? "2.0" : "1.0");
  else
    rewrite(c, MUTANT_FACTOR, i, i + 1, value > 2.0 ? "(0.5 * " : "(2.0 * ", "", ")", 1);
}

static void make_relation(context *c, size_t i) {
  swap(c, MUTANT_RELATION, i, "<", "<=");
  swap(c, MUTANT_RELATION, i, ">", ">=");
}

static void make_index(context *c, size_t i) {
  const token *t = &c->item[i];
  if (t->kind == TOKEN_NUMBER && is_whole(c, i) && t->inside != none) {
    const bool subscript = is(c, t->inside, "[") && !(t->inside >= 2 && is_type(c, t->inside - 2));
    const size_t header = for_header(c, i);
    const bool loop_start =
        header != none && semicolons_between(c, header, i) == 0 && is(c, i - 1, "=");
    if (subscript || loop_start) {
      const long value = strtol(c->source + t->start, NULL, 0);
      char text[40];
      snprintf(text, sizeof text, "%ld", value == 0 ? 1 : value - 1);
      replace(c, MUTANT_INDEX, i, text);
    }
  }
  if (t->kind == TOKEN_WORD && !is(c, i + 1, "(") && i > 0 && !is_type(c, i - 1) &&
      !is(c, i + 1, "="))
    swap(c, MUTANT_INDEX, i, "k", "d");
}

/* x += y; is a sum too: the whole statement goes. */
static void drop_statement(context *c, size_t i) {
  size_t begin = i, end = i;
  while (begin > 0 && (is(c, begin - 1, "]") || c->item[begin - 1].kind == TOKEN_WORD ||
                       is(c, begin - 1, "->") || is(c, begin - 1, ".") || is(c, begin - 1, "*"))) {
    if (is_one_of(c, begin - 1, statement_words))
      break;
    begin = is(c, begin - 1, "]") ? c->item[begin - 1].partner : begin - 1;
  }
  while (end < c->count && !shuts(c, end) && !is(c, end, ";"))
    end = opens(c, end) ? c->item[end].partner + 1 : end + 1;
  if (begin < i && is(c, end, ";"))
    add(c, MUTANT_TERM, c->item[begin].start, c->item[end].start, c->item[begin].line, "");
}

static void make_term(context *c, size_t i) {
  if (is(c, i, "+=") || is(c, i, "-="))
    drop_statement(c, i);
  if (!is_sum(c, i))
    return;
  const size_t end = operand_end(c, i + 1), begin = operand_begin(c, i, false);
  if (end > i + 1)
    add(c, MUTANT_TERM, c->item[i].start, c->item[end - 1].end, c->item[i].line, "");
  if (begin < i && !(begin > 0 && is_sum(c, begin - 1)))
    add(c, MUTANT_TERM, c->item[begin].start, c->item[i].end, c->item[begin].line,
        is(c, i, "-") ? "-" : "");
}

/* Word i with `from` in it: `to` in its place. */
static void exchange(context *c, size_t i, const char *from, const char *to) {
  const char *word = c->source + c->item[i].start;
  const size_t length = c->item[i].end - c->item[i].start, width = strlen(from);
  for (size_t at = 0; at + width <= length; at++)
    if (memcmp(word + at, from, width) == 0) {
      char text[160];
      snprintf(text, sizeof text, "%.*s%s%.*s", (int)at, word, to, (int)(length - at - width),
               word + at + width);
      replace(c, MUTANT_SIDE, i, text);
      return;
    }
}

static void make_side(context *c, size_t i) {
  static const char *const pairs[][2] = {{"d0", "b0"}, {"d1", "b1"},     {"d2", "b2"},
                                         {"vd", "vb"}, {"taud", "taub"}, {NULL, NULL}};
  if (c->item[i].kind == TOKEN_WORD && i > 0 && !is_type(c, i - 1)) {
    for (size_t p = 0; pairs[p][0] != NULL; p++)
      swap(c, MUTANT_SIDE, i, pairs[p][0], pairs[p][1]);
    exchange(c, i, "dominant", "bulk");
    exchange(c, i, "bulk", "dominant");
  }
  if ((is(c, i, "<") || is(c, i, ">=")) && for_header(c, i) == none) {
    const size_t end = operand_end(c, i + 1);
    if (end > i + 1 && is(c, end - 1, "k"))
      swap(c, MUTANT_SIDE, i, "<", ">=");
  }
}

static bool same_tokens(const context *c, size_t a, size_t b, size_t count) {
  for (size_t n = 0; n < count; n++) {
    const token *x = &c->item[a + n], *y = &c->item[b + n];
    if (x->end - x->start != y->end - y->start ||
        memcmp(c->source + x->start, c->source + y->start, x->end - x->start) != 0)
      return false;
  }
  return true;
}

static void make_power(context *c, size_t i) {
  if (is(c, i, "lambda")) {
    const size_t begin = name_begin(c, i);
    const bool subscripted = is(c, i + 1, "[");
    const size_t end = subscripted ? c->item[i + 1].partner + 1 : i + 1;
    if ((subscripted || begin == i) && !is(c, end, "=") &&
        !(begin > 0 && (is_type(c, begin - 1) || is(c, begin - 1, "&") || is(c, begin - 1, "*")) &&
          !is_product(c, begin - 1)))
      rewrite(c, MUTANT_POWER, begin, end, "(", " * ", ")", 2);
  }
  if (is(c, i, "*") && is_binary(c, i)) {
    /* x * x, where x is a name, a member or an element */
    size_t begin = i - 1;
    if (is(c, begin, "]"))
      begin = c->item[begin].partner - 1;
    if (c->item[begin].kind != TOKEN_WORD)
      return;
    begin = name_begin(c, begin);
    const size_t count = i - begin;
    if (i + 1 + count <= c->count && same_tokens(c, begin, i + 1, count) &&
        !is(c, i + 1 + count, "[") && !is(c, i + 1 + count, "->") && !is(c, i + 1 + count, "("))
      add(c, MUTANT_POWER, c->item[i].start, c->item[i + count].end, c->item[i].line, "");
  }
}

/* Whether memory was had is not a number: what such a condition guards, no test can reach. */
static bool is_about_null(const context *c, size_t i) {
  return is(c, i - 1, "NULL") || (is(c, i + 2, "==") && is(c, i + 3, "NULL")) ||
         (is(c, i + 2, "!=") && is(c, i + 3, "NULL"));
}

static void make_logic(context *c, size_t i) {
  if (!is_about_null(c, i))
    swap(c, MUTANT_LOGIC, i, "&&", "||");
}

/* Tokens [from, to) ask of pointers whether they are NULL, and nothing else. */
static bool asks_only_of_null(const context *c, size_t from, size_t to) {
  static const char *const others[] = {"<", ">", "<=", ">=", "!", NULL};
  bool any = false;
  for (size_t i = from; i < to; i++) {
    if (is_one_of(c, i, others) || ((is(c, i, "==") || is(c, i, "!=")) && !is(c, i + 1, "NULL")))
      return false;
    any = any || is(c, i, "NULL");
  }
  return any;
}

static void make_negate(context *c, size_t i) {
  if ((is(c, i, "if") || is(c, i, "while")) && is(c, i + 1, "(") &&
      !asks_only_of_null(c, i + 2, c->item[i + 1].partner))
    rewrite(c, MUTANT_NEGATE, i + 2, c->item[i + 1].partner, "!(", "", ")", 1);
  if (is(c, i, "?")) {
    const size_t begin = operand_begin(c, i, true);
    if (begin < i)
      rewrite(c, MUTANT_NEGATE, begin, i, "!(", "", ")", 1);
  }
}

static void mutate_body(context *c, size_t open) {
  const size_t close = c->item[open].partner;
  for (size_t i = open + 1; i < close; i++)
    if (is_one_of(c, i, text_functions) && is(c, i + 1, "("))
      for (size_t j = i; j <= c->item[i + 1].partner; j++)
        c->item[j].skip = true;
  for (size_t i = open + 1; i < close; i++) {
    if (c->item[i].skip || c->item[i].kind == TOKEN_TEXT)
      continue;
    make_sign(c, i);
    make_times(c, i);
    make_factor(c, i);
    make_relation(c, i);
    make_index(c, i);
    make_term(c, i);
    make_side(c, i);
    make_power(c, i);
    make_logic(c, i);
    make_negate(c, i);
  }
}

/* --- functions ------------------------------------------------------------------------------ */

typedef struct {
  size_t begin, name, open; /* tokens */
  bool is_static;
  mutant_role role;
} function;

static bool names_itself(const context *c, size_t name, const char *part) {
  const size_t length = c->item[name].end - c->item[name].start, width = strlen(part);
  for (size_t at = 0; at + width <= length; at++)
    if (memcmp(c->source + c->item[name].start + at, part, width) == 0)
      return true;
  return false;
}

static mutant_role role_by_signature(const context *c, const function *f) {
  if (f->name > 0 && is(c, f->name - 1, "verdict"))
    return MUTANT_DECIDES;
  const size_t open = f->name + 1, close = c->item[open].partner;
  for (size_t i = open; i < close; i++)
    if (is(c, i, "gsl_rng") && (f->is_static || names_itself(c, f->name, "generate")))
      return MUTANT_DRAWS;
  if (f->is_static && close == open + 2 && is(c, open + 1, "void") && is(c, f->name - 1, "*"))
    return MUTANT_DRAWS;
  return MUTANT_COMPUTES;
}

/* The functions of the file: `)` and `{` at file level. */
static size_t find_functions(const context *c, function *out) {
  size_t count = 0;
  for (size_t i = 2; i < c->count; i++)
    if (is(c, i, "{") && c->item[i].inside == none) {
      if (is(c, i - 1, ")") && c->item[i - 1].partner > 0) {
        const size_t name = c->item[i - 1].partner - 1;
        size_t begin = name;
        while (begin > 0 && !is(c, begin - 1, "}") && !is(c, begin - 1, ";"))
          begin--;
        out[count] = (function){begin, name, i, is(c, begin, "static"), MUTANT_COMPUTES};
        out[count].role = role_by_signature(c, &out[count]);
        count++;
      }
      i = c->item[i].partner;
    }
  return count;
}

static bool same_word(const context *c, size_t a, size_t b) {
  const token *x = &c->item[a], *y = &c->item[b];
  return x->kind == TOKEN_WORD && y->kind == TOKEN_WORD && x->end - x->start == y->end - y->start &&
         memcmp(c->source + x->start, c->source + y->start, x->end - x->start) == 0;
}

/* The role of those in whose bodies alone the function is named: DECIDES where they have both the
 * others; COMPUTES where it is named elsewhere or nowhere. */
static mutant_role role_by_users(const context *c, const function *all, size_t count, size_t own) {
  mutant_role found = MUTANT_COMPUTES;
  for (size_t i = 0; i < c->count; i++) {
    if (i == all[own].name || !same_word(c, i, all[own].name))
      continue;
    mutant_role user = MUTANT_COMPUTES;
    bool in_itself = false;
    for (size_t f = 0; f < count; f++)
      if (i > all[f].open && i < c->item[all[f].open].partner) {
        user = all[f].role;
        in_itself = f == own;
      }
    if (in_itself)
      continue;
    if (user == MUTANT_COMPUTES)
      return MUTANT_COMPUTES;
    found = found == MUTANT_COMPUTES || found == user ? user : MUTANT_DECIDES;
  }
  return found;
}

bool mutants_of(const char *source, mutant_list *out) {
  context c = {.source = source, .out = out};
  *out = (mutant_list){0};
  bool good = tokenize(&c) && match_brackets(&c);
  function *all = malloc((c.count + 1) * sizeof *all);
  good = good && all != NULL;
  const size_t count = good ? find_functions(&c, all) : 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t f = 0; f < count; f++)
      if (all[f].role == MUTANT_COMPUTES && all[f].is_static) {
        all[f].role = role_by_users(&c, all, count, f);
        changed = changed || all[f].role != MUTANT_COMPUTES;
      }
  }
  for (size_t f = 0; f < count; f++) {
    const token *name = &c.item[all[f].name];
    c.function = source + name->start;
    c.function_length = name->end - name->start;
    c.role = all[f].role;
    mutate_body(&c, all[f].open);
  }
  good = good && !c.failed;
  free(all);
  free(c.item);
  if (!good)
    mutants_free(out);
  return good;
}

void mutants_free(mutant_list *list) {
  for (size_t i = 0; i < list->count; i++)
    free(list->item[i].text);
  free(list->item);
  *list = (mutant_list){0};
}

const char *mutant_role_name(mutant_role role) {
  static const char *const names[] = {"what computes", "what decides", "what makes instances"};
  return names[role];
}

const char *mutant_operator_name(mutant_operator kind) {
  static const char *const names[] = {"sign", "times", "factor", "relation", "index",
                                      "term", "side",  "power",  "logic",    "negate"};
  return names[kind];
}

/* --- many mutants in one program ------------------------------------------------------------ */

typedef struct {
  char *text;
  size_t length, capacity;
  int line;
  bool failed;
} writer;

static void put_bytes(writer *w, const char *text, size_t length) {
  if (w->failed)
    return;
  if (w->length + length + 1 > w->capacity) {
    const size_t capacity = 2 * (w->length + length + 1);
    char *more = realloc(w->text, capacity);
    w->failed = more == NULL;
    if (w->failed)
      return;
    w->text = more;
    w->capacity = capacity;
  }
  memcpy(w->text + w->length, text, length);
  w->length += length;
  w->text[w->length] = '\0';
  for (size_t i = 0; i < length; i++)
    w->line += text[i] == '\n';
}

static void put_text(writer *w, const char *text) {
  put_bytes(w, text, strlen(text));
}

/* <function>__mutant_<number>; <function>__mutant_original without one. */
static void put_mutant_name(writer *w, const context *c, const function *f, size_t number) {
  char text[48] = "__mutant_original";
  put_bytes(w, c->source + c->item[f->name].start, c->item[f->name].end - c->item[f->name].start);
  if (number != none)
    snprintf(text, sizeof text, "__mutant_%zu", number);
  put_text(w, text);
}

/* What comes before a copy's own declaration: no compiler may look into it, or leave it out. */
static const char copy_prefix[] = "__attribute__((noipa, used)) ";

/* The name of the parameter among tokens [from, to): the word before the first [, or the one in
 * the brackets of a pointer to a function. */
static size_t parameter_name(const context *c, size_t from, size_t to) {
  size_t last = none;
  for (size_t i = from; i < to && !is(c, i, "["); i++) {
    if (is(c, i, "("))
      return c->item[i].partner - 1;
    if (c->item[i].kind == TOKEN_WORD)
      last = i;
  }
  return last;
}

/* (a, b), from the parameters; false when they cannot be handed on. */
static bool put_arguments(writer *w, const context *c, const function *f) {
  const size_t open = f->name + 1, close = c->item[open].partner;
  put_text(w, "(");
  for (size_t i = open + 1; i < close;) {
    size_t end = i;
    while (end < close && !is(c, end, ","))
      end = opens(c, end) ? c->item[end].partner + 1 : end + 1;
    const size_t name = parameter_name(c, i, end);
    if (name == none)
      return false;
    if (!(end == i + 1 && is(c, i, "void"))) {
      if (i > open + 1)
        put_text(w, ", ");
      put_bytes(w, c->source + c->item[name].start, c->item[name].end - c->item[name].start);
    }
    i = end + 1;
  }
  put_text(w, ")");
  return true;
}

static bool returns_nothing(const context *c, const function *f) {
  return is(c, f->name - 1, "void");
}

static void put_copies(writer *w, const context *c, const function *f, const mutant_list *list,
                       const bool *wanted, mutant_lines *lines) {
  const char *const s = c->source;
  const size_t start = c->item[f->begin].start, name = c->item[f->name].start;
  const size_t name_end = c->item[f->name].end, open = c->item[f->open].start;
  const size_t end = c->item[c->item[f->open].partner].end;
  put_bytes(w, s + start, open - start);
  put_text(w, ";\n");
  for (size_t i = 0; i <= list->count; i++) {
    const mutant *m = i < list->count ? &list->item[i] : NULL;
    if (m != NULL && (!wanted[i] || m->start < open || m->end > end))
      continue;
    const int first = w->line;
    put_text(w, copy_prefix);
    put_text(w, f->is_static ? "" : "static ");
    put_bytes(w, s + start, name - start);
    put_mutant_name(w, c, f, m != NULL ? i : none);
    put_bytes(w, s + name_end, (m != NULL ? m->start : end) - name_end);
    if (m != NULL) {
      put_text(w, m->text);
      put_bytes(w, s + m->end, end - m->end);
      lines[i] = (mutant_lines){first, w->line};
    }
    put_text(w, "\n");
  }
  put_bytes(w, s + start, open + 1 - start);
  put_text(w, " switch (suspalign_mutant) {");
  for (size_t i = 0; i < list->count; i++) {
    if (!wanted[i] || list->item[i].start < open || list->item[i].end > end)
      continue;
    char text[32];
    snprintf(text, sizeof text, " case %zu: ", i);
    put_text(w, text);
    put_text(w, returns_nothing(c, f) ? "" : "return ");
    put_mutant_name(w, c, f, i);
    put_arguments(w, c, f);
    put_text(w, returns_nothing(c, f) ? "; return;" : ";");
  }
  put_text(w, " default: break; }");
  put_bytes(w, s + open + 1, end - open - 1);
}

static bool takes_any_number(const context *c, const function *f) {
  for (size_t i = f->name + 1; i < c->item[f->name + 1].partner; i++)
    if (is(c, i, "..."))
      return true;
  return false;
}

char *mutants_schema(const char *source, const mutant_list *list, const bool *wanted,
                     mutant_lines *lines) {
  static const char prelude[] =
      "extern char *getenv(const char *);\n"
      "extern int atoi(const char *);\n"
      "static int suspalign_mutant = -1;\n"
      "__attribute__((constructor)) static void suspalign_mutant_choose(void) {\n"
      "  const char *number = getenv(\"SUSPALIGN_MUTANT\");\n"
      "  suspalign_mutant = number ? atoi(number) : -1;\n"
      "}\n";
  context c = {.source = source};
  writer w = {.line = 1};
  for (size_t i = 0; i < list->count; i++)
    lines[i] = (mutant_lines){0, 0};
  bool good = tokenize(&c) && match_brackets(&c);
  function *all = malloc((c.count + 1) * sizeof *all);
  good = good && all != NULL;
  const size_t count = good ? find_functions(&c, all) : 0;
  size_t done = 0;
  put_text(&w, prelude);
  for (size_t f = 0; f < count; f++) {
    const size_t start = c.item[all[f].begin].start;
    put_bytes(&w, source + done, start - done);
    done = c.item[c.item[all[f].open].partner].end;
    writer arguments = {.line = 1};
    const bool can = !takes_any_number(&c, &all[f]) && put_arguments(&arguments, &c, &all[f]);
    free(arguments.text);
    bool any = false;
    for (size_t i = 0; i < list->count; i++)
      any = any || (wanted[i] && list->item[i].start >= start && list->item[i].end <= done);
    if (can && any)
      put_copies(&w, &c, &all[f], list, wanted, lines);
    else
      put_bytes(&w, source + start, done - start);
  }
  put_text(&w, source + done);
  good = good && !w.failed;
  free(all);
  free(c.item);
  if (!good)
    free(w.text);
  return good ? w.text : NULL;
}

/* --- one mutant ----------------------------------------------------------------------------- */

char *mutant_apply(const char *source, const mutant *m) {
  const size_t rest = strlen(source + m->end), length = strlen(m->text);
  char *text = malloc(m->start + length + rest + 1);
  if (text == NULL)
    return NULL;
  memcpy(text, source, m->start);
  memcpy(text + m->start, m->text, length);
  memcpy(text + m->start + length, source + m->end, rest + 1);
  return text;
}

static char *lines(const char *source, size_t start, size_t end) {
  while (start > 0 && source[start - 1] != '\n')
    start--;
  while (source[end] != '\0' && source[end] != '\n')
    end++;
  char *text = malloc(end - start + 1);
  if (text == NULL)
    return NULL;
  size_t length = 0;
  for (size_t i = start; i < end; i++)
    if (!isspace((unsigned char)source[i]))
      text[length++] = source[i];
    else if (length > 0 && text[length - 1] != ' ')
      text[length++] = ' ';
  length -= length > 0 && text[length - 1] == ' ';
  text[length] = '\0';
  return text;
}

char *mutant_before(const char *source, const mutant *m) {
  return lines(source, m->start, m->end);
}

char *mutant_after(const char *source, const mutant *m) {
  char *whole = mutant_apply(source, m);
  char *text = whole == NULL ? NULL : lines(whole, m->start, m->start + strlen(m->text));
  free(whole);
  return text;
}
