/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any line on a control socket, read as each kind. What can be read is the same
 * when it is said and read again.
 */
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/lane_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[LANE_WORDS_MAX], said[LANE_WORDS_MAX];
    struct lane_report r, r2;
    struct lane_start s, s2;
    struct lane_order o;

    if (size >= sizeof line)
        return 0;
    memcpy(line, data, size);
    line[size] = '\0';
    if (!lane_start_get(&s, line)) {
        lane_start_put(&s, said);
        if (lane_start_get(&s2, said) || memcmp(s.key, s2.key, LANE_KEY) ||
            lane_start_pki_size(&s) != lane_start_pki_size(&s2) ||
            lane_start_pki_size(&s) > LANE_PKI_PARTS * LANE_PKI_MAX)
            abort();
    }
    if (!lane_report_get(&r, line)) {
        lane_report_put(&r, said);
        if (lane_report_get(&r2, said) || strcmp(r.text, r2.text))
            abort();
    }
    if (!lane_order_get(&o, line) && o.value > LANE_RATE_MAX)
        abort();
    return 0;
}
