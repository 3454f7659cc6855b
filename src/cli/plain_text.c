#include "config.h"
#include "cli/plain_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* --- what each command becomes --------------------------------------------------------------- */

typedef enum {
  AS_SYMBOL,   /* itself */
  AS_RELATION, /* with a space on either side */
  AS_WORD,     /* an operator's name: a space before, and one after it and its scripts */
  AS_ACCENT,   /* a combining sign after the first letter of its argument */
  AS_ARGUMENT, /* its argument, as it is */
  AS_FRACTION,
  AS_ROOT
} tex_kind;

typedef struct {
  const char *name;
  tex_kind kind;
  const char *text;
} tex_command;

static const tex_command commands[] = {
    {"alpha", AS_SYMBOL, "α"},
    {"beta", AS_SYMBOL, "β"},
    {"gamma", AS_SYMBOL, "γ"},
    {"delta", AS_SYMBOL, "δ"},
    {"epsilon", AS_SYMBOL, "ε"},
    {"varepsilon", AS_SYMBOL, "ε"},
    {"eta", AS_SYMBOL, "η"},
    {"theta", AS_SYMBOL, "θ"},
    {"kappa", AS_SYMBOL, "κ"},
    {"lambda", AS_SYMBOL, "λ"},
    {"mu", AS_SYMBOL, "μ"},
    {"nu", AS_SYMBOL, "ν"},
    {"xi", AS_SYMBOL, "ξ"},
    {"pi", AS_SYMBOL, "π"},
    {"rho", AS_SYMBOL, "ρ"},
    {"sigma", AS_SYMBOL, "σ"},
    {"tau", AS_SYMBOL, "τ"},
    {"phi", AS_SYMBOL, "φ"},
    {"varphi", AS_SYMBOL, "φ"},
    {"chi", AS_SYMBOL, "χ"},
    {"psi", AS_SYMBOL, "ψ"},
    {"omega", AS_SYMBOL, "ω"},
    {"Delta", AS_SYMBOL, "Δ"},
    {"Lambda", AS_SYMBOL, "Λ"},
    {"Sigma", AS_SYMBOL, "Σ"},
    {"Phi", AS_SYMBOL, "Φ"},
    {"Omega", AS_SYMBOL, "Ω"},
    {"ell", AS_SYMBOL, "ℓ"},
    {"infty", AS_SYMBOL, "∞"},
    {"emptyset", AS_SYMBOL, "∅"},
    {"varnothing", AS_SYMBOL, "∅"},
    {"nabla", AS_SYMBOL, "∇"},
    {"partial", AS_SYMBOL, "∂"},
    {"forall", AS_SYMBOL, "∀"},
    {"exists", AS_SYMBOL, "∃"},
    {"cdot", AS_SYMBOL, "·"},
    {"times", AS_SYMBOL, "×"},
    {"pm", AS_SYMBOL, "±"},
    {"mp", AS_SYMBOL, "∓"},
    {"circ", AS_SYMBOL, "°"},
    {"star", AS_SYMBOL, "*"},
    {"ast", AS_SYMBOL, "*"},
    {"prime", AS_SYMBOL, "′"},
    {"top", AS_SYMBOL, "T"},
    {"dots", AS_SYMBOL, "…"},
    {"ldots", AS_SYMBOL, "…"},
    {"cdots", AS_SYMBOL, "…"},
    {"mid", AS_SYMBOL, " | "},
    {"vert", AS_SYMBOL, "|"},
    {"lvert", AS_SYMBOL, "|"},
    {"rvert", AS_SYMBOL, "|"},
    {"Vert", AS_SYMBOL, "‖"},
    {"lVert", AS_SYMBOL, "‖"},
    {"rVert", AS_SYMBOL, "‖"},
    {"|", AS_SYMBOL, "‖"},
    {"lfloor", AS_SYMBOL, "⌊"},
    {"rfloor", AS_SYMBOL, "⌋"},
    {"lceil", AS_SYMBOL, "⌈"},
    {"rceil", AS_SYMBOL, "⌉"},
    {"langle", AS_SYMBOL, "⟨"},
    {"rangle", AS_SYMBOL, "⟩"},
    {"tfrac", AS_FRACTION, NULL},
    {"dfrac", AS_FRACTION, NULL},
    {"frac", AS_FRACTION, NULL},
    {"sqrt", AS_ROOT, NULL},
    {"{", AS_SYMBOL, "{"},
    {"}", AS_SYMBOL, "}"},
    {"%", AS_SYMBOL, "%"},
    {"&", AS_SYMBOL, "&"},
    {"#", AS_SYMBOL, "#"},
    {"_", AS_SYMBOL, "_"},
    {"$", AS_SYMBOL, "$"},
    {",", AS_SYMBOL, " "},
    {";", AS_SYMBOL, " "},
    {":", AS_SYMBOL, " "},
    {" ", AS_SYMBOL, " "},
    {"\\", AS_SYMBOL, " "},
    {"!", AS_SYMBOL, ""},
    {"/", AS_SYMBOL, ""},
    {"-", AS_SYMBOL, ""},
    {"(", AS_SYMBOL, ""},
    {")", AS_SYMBOL, ""},
    {"quad", AS_SYMBOL, " "},
    {"qquad", AS_SYMBOL, " "},
    {"left", AS_SYMBOL, ""},
    {"right", AS_SYMBOL, ""},
    {"big", AS_SYMBOL, ""},
    {"bigl", AS_SYMBOL, ""},
    {"bigr", AS_SYMBOL, ""},
    {"Big", AS_SYMBOL, ""},
    {"Bigl", AS_SYMBOL, ""},
    {"Bigr", AS_SYMBOL, ""},
    {"displaystyle", AS_SYMBOL, ""},
    {"textstyle", AS_SYMBOL, ""},
    {"le", AS_RELATION, "≤"},
    {"leq", AS_RELATION, "≤"},
    {"ge", AS_RELATION, "≥"},
    {"geq", AS_RELATION, "≥"},
    {"ne", AS_RELATION, "≠"},
    {"neq", AS_RELATION, "≠"},
    {"ll", AS_RELATION, "≪"},
    {"gg", AS_RELATION, "≫"},
    {"approx", AS_RELATION, "≈"},
    {"sim", AS_RELATION, "~"},
    {"equiv", AS_RELATION, "≡"},
    {"propto", AS_RELATION, "∝"},
    {"in", AS_RELATION, "∈"},
    {"notin", AS_RELATION, "∉"},
    {"subset", AS_RELATION, "⊂"},
    {"cup", AS_RELATION, "∪"},
    {"cap", AS_RELATION, "∩"},
    {"setminus", AS_RELATION, "∖"},
    {"to", AS_RELATION, "→"},
    {"rightarrow", AS_RELATION, "→"},
    {"mapsto", AS_RELATION, "↦"},
    {"uparrow", AS_RELATION, "↑"},
    {"downarrow", AS_RELATION, "↓"},
    {"implies", AS_RELATION, "⇒"},
    {"Rightarrow", AS_RELATION, "⇒"},
    {"Leftrightarrow", AS_RELATION, "⇔"},
    {"iff", AS_RELATION, "⇔"},
    {"colon", AS_RELATION, ":"},
    {"sum", AS_WORD, "Σ"},
    {"prod", AS_WORD, "Π"},
    {"int", AS_WORD, "∫"},
    {"min", AS_WORD, "min"},
    {"max", AS_WORD, "max"},
    {"inf", AS_WORD, "inf"},
    {"sup", AS_WORD, "sup"},
    {"lim", AS_WORD, "lim"},
    {"ln", AS_WORD, "ln"},
    {"log", AS_WORD, "log"},
    {"exp", AS_WORD, "exp"},
    {"det", AS_WORD, "det"},
    {"bar", AS_ACCENT, "\u0304"},
    {"overline", AS_ACCENT, "\u0304"},
    {"hat", AS_ACCENT, "\u0302"},
    {"widehat", AS_ACCENT, "\u0302"},
    {"tilde", AS_ACCENT, "\u0303"},
    {"dot", AS_ACCENT, "\u0307"},
    {"mathbb", AS_ARGUMENT, NULL},
    {"mathbf", AS_ARGUMENT, NULL},
    {"mathrm", AS_ARGUMENT, NULL},
    {"mathsf", AS_ARGUMENT, NULL},
    {"mathcal", AS_ARGUMENT, NULL},
    {"boldsymbol", AS_ARGUMENT, NULL},
    {"operatorname", AS_ARGUMENT, NULL},
    {"text", AS_ARGUMENT, NULL},
    {"textrm", AS_ARGUMENT, NULL},
    {"textit", AS_ARGUMENT, NULL},
    {"textbf", AS_ARGUMENT, NULL},
    {"texttt", AS_ARGUMENT, NULL},
    {"emph", AS_ARGUMENT, NULL},
    {"mbox", AS_ARGUMENT, NULL},
};

typedef struct {
  char plain;
  const char *subscript, *superscript; /* NULL where Unicode has none */
} script;

static const script scripts[] = {
    {'0', "₀", "⁰"},  {'1', "₁", "¹"},  {'2', "₂", "²"},  {'3', "₃", "³"},  {'4', "₄", "⁴"},
    {'5', "₅", "⁵"},  {'6', "₆", "⁶"},  {'7', "₇", "⁷"},  {'8', "₈", "⁸"},  {'9', "₉", "⁹"},
    {'+', "₊", "⁺"},  {'-', "₋", "⁻"},  {'=', "₌", "⁼"},  {'(', "₍", "⁽"},  {')', "₎", "⁾"},
    {'a', "ₐ", "ᵃ"},  {'b', NULL, "ᵇ"}, {'c', NULL, "ᶜ"}, {'d', NULL, "ᵈ"}, {'e', "ₑ", "ᵉ"},
    {'f', NULL, "ᶠ"}, {'g', NULL, "ᵍ"}, {'h', "ₕ", "ʰ"},  {'i', "ᵢ", "ⁱ"},  {'j', "ⱼ", "ʲ"},
    {'k', "ₖ", "ᵏ"},  {'l', "ₗ", "ˡ"},  {'m', "ₘ", "ᵐ"},  {'n', "ₙ", "ⁿ"},  {'o', "ₒ", "ᵒ"},
    {'p', "ₚ", "ᵖ"},  {'r', "ᵣ", "ʳ"},  {'s', "ₛ", "ˢ"},  {'t', "ₜ", "ᵗ"},  {'u', "ᵤ", "ᵘ"},
    {'v', "ᵥ", "ᵛ"},  {'x', "ₓ", "ˣ"},  {'T', NULL, "ᵀ"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- the converter --------------------------------------------------------------------------- */

/* Text that grows; `failed` once memory is out, and then it stays as it is. */
typedef struct {
  char *text;
  size_t length, capacity;
  bool failed;
} text_buffer;

static void put_bytes(text_buffer *out, const char *bytes, size_t count) {
  if (out->failed)
    return;
  if (out->length + count + 1 > out->capacity) {
    const size_t capacity = 2 * (out->length + count + 1);
    char *larger = realloc(out->text, capacity);
    if (larger == NULL) {
      out->failed = true;
      return;
    }
    out->text = larger;
    out->capacity = capacity;
  }
  memcpy(out->text + out->length, bytes, count);
  out->length += count;
  out->text[out->length] = '\0';
}

static void put(text_buffer *out, const char *text) {
  put_bytes(out, text, strlen(text));
}

static const char *text_of(const text_buffer *buffer) {
  return buffer->text == NULL ? "" : buffer->text;
}

static void convert(text_buffer *out, const char **at, bool math, bool group);

/* One argument: a group in braces or a single sign or command. */
static void convert_argument(text_buffer *out, const char **at, bool math);

static bool is_continuation(char byte) {
  return ((unsigned char)byte & 0xC0u) == 0x80u;
}

/* Bytes of the UTF-8 character at text (1 at its end). */
static size_t character_length(const char *text) {
  size_t length = 1;
  while (is_continuation(text[length]))
    length++;
  return length;
}

static const char *script_of(const char *at, size_t length, bool raised) {
  const char plain = strncmp(at, "−", length) == 0 ? '-' : *at;
  if (length > 1 && plain != '-')
    return NULL;
  for (size_t i = 0; i < COUNT(scripts); i++)
    if (scripts[i].plain == plain)
      return raised ? scripts[i].superscript : scripts[i].subscript;
  return NULL;
}

static bool is_mark(const char *text) {
  return strcmp(text, "*") == 0 || strcmp(text, "°") == 0 || strcmp(text, "′") == 0;
}

/* The argument at *at as a sub- or superscript: all in Unicode's scripts or not at all. */
static void convert_script(text_buffer *out, const char **at, bool raised) {
  text_buffer argument = {0}, small = {0};
  convert_argument(&argument, at, true);
  const char *text = text_of(&argument);
  bool fits = true;
  for (const char *c = text; *c != '\0' && fits; c += character_length(c)) {
    const char *sign = script_of(c, character_length(c), raised);
    fits = sign != NULL;
    put(&small, fits ? sign : "");
  }
  if (fits || (raised && is_mark(text)))
    put(out, fits ? text_of(&small) : text);
  else {
    const bool single = text[character_length(text)] == '\0';
    put(out, raised ? "^" : "_");
    put(out, single ? "" : "(");
    put(out, text);
    put(out, single ? "" : ")");
    /* "V_D B" must not read as "V_{DB}". */
    if (isalnum((unsigned char)**at) || **at == '\\')
      put(out, " ");
  }
  out->failed |= argument.failed || small.failed;
  free(argument.text);
  free(small.text);
}

/* A quotient's part that needs parentheses: a sum, or below the bar also a product. */
static bool is_compound(const char *text, bool below) {
  if (strpbrk(text, "+/ <>=") != NULL || strstr(text, "−") != NULL || strstr(text, "·") != NULL)
    return true;
  size_t factors = 0;
  bool number = false;
  for (const char *c = text; *c != '\0'; c += character_length(c)) {
    if (*c == '_' || *c == '^') { /* skip what it lowers or raises */
      c += c[1] != '\0';
      continue;
    }
    const bool digit = isdigit((unsigned char)*c) || *c == '.';
    const bool greek = (unsigned char)*c == 0xCE || (unsigned char)*c == 0xCF;
    if ((digit && !number) || isalpha((unsigned char)*c) || greek)
      factors++;
    number = digit;
  }
  return below && factors > 1;
}

static const tex_command *find_command(const char *name, size_t length) {
  for (size_t i = 0; i < COUNT(commands); i++)
    if (strlen(commands[i].name) == length && strncmp(commands[i].name, name, length) == 0)
      return &commands[i];
  return NULL;
}

/* Letters of the command's name after a backslash, or the one sign that is its name. */
static size_t command_length(const char *name) {
  size_t length = 0;
  while (isalpha((unsigned char)name[length]))
    length++;
  return length > 0 || name[0] == '\0' ? length : 1;
}

/* Would what follows a quotient read as part of its denominator? */
static bool is_factor(const char *at) {
  if (*at != '\\')
    return isalnum((unsigned char)*at) || *at == '(' || *at == '|' || *at == '{';
  const tex_command *command = find_command(at + 1, command_length(at + 1));
  if (command == NULL || command->kind == AS_RELATION)
    return false;
  return command->kind != AS_SYMBOL || (unsigned char)command->text[0] >= 0x80;
}

static void convert_part(text_buffer *out, const char **at, bool below) {
  text_buffer part = {0};
  convert_argument(&part, at, true);
  const bool compound = is_compound(text_of(&part), below);
  put(out, compound ? "(" : "");
  put(out, text_of(&part));
  put(out, compound ? ")" : "");
  out->failed |= part.failed;
  free(part.text);
}

static void convert_accent(text_buffer *out, const char **at, const char *accent) {
  text_buffer argument = {0};
  convert_argument(&argument, at, true);
  const char *text = text_of(&argument);
  const size_t first = *text == '\0' ? 0 : character_length(text);
  put_bytes(out, text, first);
  put(out, accent);
  put(out, text + first);
  out->failed |= argument.failed;
  free(argument.text);
}

static void convert_word(text_buffer *out, const char **at, const char *word) {
  if (out->length > 0 && strchr("(/", out->text[out->length - 1]) == NULL)
    put(out, " ");
  put(out, word);
  while (**at == '_' || **at == '^') {
    const bool raised = *(*at)++ == '^';
    convert_script(out, at, raised);
  }
  if (**at != '(' && **at != '\0')
    put(out, " ");
}

static void convert_fraction(text_buffer *out, const char **at) {
  text_buffer quotient = {0};
  convert_part(&quotient, at, false);
  put(&quotient, "/");
  convert_part(&quotient, at, true);
  const bool is_half = strcmp(text_of(&quotient), "1/2") == 0;
  const bool enclosed = !is_half && is_factor(*at);
  put(out, enclosed ? "(" : "");
  put(out, is_half ? "½" : text_of(&quotient));
  put(out, enclosed ? ")" : "");
  out->failed |= quotient.failed;
  free(quotient.text);
}

static void convert_known(text_buffer *out, const char **at, const tex_command *command,
                          bool math) {
  switch (command->kind) {
  case AS_SYMBOL:
    put(out, command->text);
    break;
  case AS_RELATION:
    put(out, " ");
    put(out, command->text);
    put(out, " ");
    break;
  case AS_WORD:
    convert_word(out, at, command->text);
    break;
  case AS_ACCENT:
    convert_accent(out, at, command->text);
    break;
  case AS_ARGUMENT:
    /* \text{...} and its like hold prose even in a formula. */
    convert_argument(out, at, math && strncmp(command->name, "math", 4) == 0);
    break;
  case AS_FRACTION:
    convert_fraction(out, at);
    break;
  default:
    put(out, "√");
    convert_part(out, at, true);
  }
}

static void convert_command(text_buffer *out, const char **at, bool math) {
  const char *name = *at;
  const size_t length = command_length(name);
  const bool is_word = isalpha((unsigned char)name[0]);
  *at += length;
  if (is_word && (math || **at == ' '))
    *at += strspn(*at, " ");
  const tex_command *command = find_command(name, length);
  if (command != NULL) {
    convert_known(out, at, command, math);
    return;
  }
  put_bytes(out, name, length);
  if (isalpha((unsigned char)**at))
    put(out, " ");
}

/* One sign of a formula or of prose; what is not special stays as it is. */
static void convert_sign(text_buffer *out, const char **at, bool math) {
  const char *from = *at;
  *at += character_length(from);
  if (math) {
    if (*from == '-')
      put(out, "−");
    else if (*from == '\'')
      put(out, "′");
    else if (*from == '<' || *from == '>' || *from == '=') {
      put(out, " ");
      put_bytes(out, from, 1);
      put(out, " ");
    } else if (!isspace((unsigned char)*from))
      put_bytes(out, from, (size_t)(*at - from));
  } else if (strncmp(from, "---", 3) == 0) {
    put(out, "—");
    *at = from + 3;
  } else if (strncmp(from, "--", 2) == 0) {
    put(out, "–");
    *at = from + 2;
  } else if (strncmp(from, "``", 2) == 0) {
    put(out, "“");
    *at = from + 2;
  } else if (strncmp(from, "''", 2) == 0) {
    put(out, "”");
    *at = from + 2;
  } else if (*from == '~' || isspace((unsigned char)*from))
    put(out, " ");
  else
    put_bytes(out, from, (size_t)(*at - from));
}

static void convert_argument(text_buffer *out, const char **at, bool math) {
  *at += strspn(*at, " ");
  if (**at == '{') {
    (*at)++;
    convert(out, at, math, true);
  } else if (**at == '\\') {
    (*at)++;
    convert_command(out, at, math);
  } else if (**at != '\0')
    convert_sign(out, at, math);
}

/* To the end of the text, or of the group that is open. */
static void convert(text_buffer *out, const char **at, bool math, bool group) {
  while (**at != '\0') {
    const char sign = **at;
    if (sign == '}') {
      (*at)++;
      if (group)
        return;
    } else if (sign == '{') {
      (*at)++;
      convert(out, at, math, true);
    } else if (sign == '$') {
      (*at)++;
      math = !math;
    } else if (sign == '\\') {
      (*at)++;
      convert_command(out, at, math);
    } else if (math && (sign == '_' || sign == '^')) {
      (*at)++;
      convert_script(out, at, sign == '^');
    } else
      convert_sign(out, at, math);
  }
}

/* Single spaces, none at the ends, none inside parentheses or before a comma or a full stop. */
static void tidy_spaces(char *text) {
  char *to = text;
  for (const char *from = text; *from != '\0'; from++) {
    const bool space = *from == ' ';
    if (space && (to == text || to[-1] == ' ' || to[-1] == '('))
      continue;
    if (!space && to > text && to[-1] == ' ' && strchr("),.;", *from) != NULL)
      to--;
    *to++ = *from;
  }
  if (to > text && to[-1] == ' ')
    to--;
  *to = '\0';
}

char *plain_text_from_tex(const char *tex) {
  text_buffer out = {0};
  put(&out, "");
  convert(&out, &tex, false, false);
  if (out.failed) {
    free(out.text);
    return NULL;
  }
  tidy_spaces(out.text);
  return out.text;
}

/* --- lines ----------------------------------------------------------------------------------- */

/* Columns of the first `bytes` bytes; U+0300..U+036F, which begin with CC or CD, take none. */
static int columns_of(const char *text, size_t bytes) {
  int columns = 0;
  for (size_t i = 0; i < bytes; i++) {
    const unsigned char c = (unsigned char)text[i];
    columns +=
        !is_continuation(text[i]) && c != 0xCC && !(c == 0xCD && (unsigned char)text[i + 1] < 0xB0);
  }
  return columns;
}

void plain_text_print(FILE *stream, const char *text, int indent, int width) {
  int column = 0;
  while (*text != '\0') {
    const size_t bytes = strcspn(text, " ");
    const int columns = columns_of(text, bytes);
    if (column > 0 && column + 1 + columns > width) {
      fputc('\n', stream);
      column = 0;
    }
    if (column == 0)
      column = fprintf(stream, "%*s", indent, "");
    else
      column += fprintf(stream, " ");
    fwrite(text, 1, bytes, stream);
    column += columns;
    text += bytes;
    text += strspn(text, " ");
  }
  fputc('\n', stream);
}
