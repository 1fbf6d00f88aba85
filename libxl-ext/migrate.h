/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Has all that a move needs of this folder: domains, both ends, their copies.
 */
#ifndef XLX_MIGRATE_H
#define XLX_MIGRATE_H

#include "libxl-ext/copy.h"
#include "libxl-ext/domain.h"
#include "libxl-ext/receive.h"
#include "libxl-ext/send.h"

#endif
