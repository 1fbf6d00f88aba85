/* SPDX-License-Identifier: LGPL-2.1-only */
/* Featuresets by the names of their bits, for tests; a wrong name ends them. */
#ifndef TESTS_FEATURES_H
#define TESTS_FEATURES_H

#include "scheduler/cpu.h"

unsigned features_bit(const char *name);
/* "avx2 pku": the set of these, in 18 words. */
struct plan_features features_of(const char *names);

#endif
