/* projected_update.h -- which part of an update is made: all of it (SGD), its dominant component
 * alone (Dom-SGD) or its bulk component alone (Bulk-SGD).
 *
 * SOURCE  arXiv:2405.16002, section 3. */
#ifndef SUSPALIGN_MODEL_PROJECTED_UPDATE_H
#define SUSPALIGN_MODEL_PROJECTED_UPDATE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum { UPDATE_WHOLE, UPDATE_DOMINANT, UPDATE_BULK } update_kind;

enum { UPDATE_KINDS = 3 };

/* Whether such an update moves direction i, of which the first k are dominant. */
static inline bool update_moves(update_kind kind, size_t i, size_t k) {
  return kind == UPDATE_WHOLE || (kind == UPDATE_DOMINANT) == (i < k);
}

#endif
