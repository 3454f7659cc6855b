/* authors_plan.h -- the text of authors.ini, for the report; the build makes authors_plan.c of it.
 */
#ifndef SUSPALIGN_SWEEP_AUTHORS_PLAN_H
#define SUSPALIGN_SWEEP_AUTHORS_PLAN_H

extern const char authors_plan[];

#endif
