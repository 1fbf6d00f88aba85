/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as rackhop-facts/1: read, merged, asked. And as JSON alone: what is
 * within small limits is within large ones, and what has more than so many
 * values has more than fewer as well.
 */
#include "tests/fuzz/topo_target.h"
#include "tools/base/msg.h"
#include "tools/doc/facts.h"
#include "tools/doc/guest_looks.h"
#include "tools/doc/json.h"
#include "tools/doc/json_scan.h"

static void count_values(const char *text, size_t len)
{
    bool before = json_text_has_over(text, len, 0);

    for (size_t n = 1; n <= 16; n++) {
        bool over = json_text_has_over(text, len, n);

        if (over && !before)
            abort();
        before = over;
    }
}

static bool json_reads(const uint8_t *data, size_t size,
                       const struct json_limits *limits)
{
    struct json_doc *doc = NULL;
    struct msg err = MSG_NONE;
    bool ok = !json_parse(&doc, "f", data, size, NULL, limits, &err);

    if (ok == !doc || (!ok && !*err.text))
        abort();
    json_free(doc);
    return ok;
}

static void limits_hold(const uint8_t *data, size_t size)
{
    static const struct json_limits few = { .bytes = 1024,
                                            .depth = 5,
                                            .values = 40,
                                            .string = 24,
                                            .each = "domains",
                                            .each_most = 2,
                                            .each_bytes = 512,
                                            .each_values = 8 },
                                    deep = { .depth = 1000 };

    if (json_reads(data, size, &few) && !json_reads(data, size, &deep))
        abort();
}

static void guests(const uint8_t *data, size_t size)
{
    struct strlist l = { .s = NULL }, copies = { .s = NULL };
    struct msg err = MSG_NONE, why = MSG_NONE;
    bool rests;

    if (facts_guests(&l, &copies, &rests, data, size, &err) && !*err.text)
        abort(); /* a refusal without its reason */
    if (facts_is_empty(data, size, &why) && *why.text)
        abort(); /* it can't be read, and is empty all the same */
    strlist_dispose(&l);
    strlist_dispose(&copies);
}

/* What is written of them is read again. */
static void looks_again(const struct guest_looks *l)
{
    struct json_out *o = json_text_new(false);
    struct guest_looks same = { .look = NULL };
    struct json_doc *doc = NULL;
    struct msg err;
    size_t len;
    char *text;

    guest_looks_write(o, l);
    text = json_text_free(o, &len);
    if (!text || json_parse(&doc, "again", text, len, NULL, NULL, &err) ||
        guest_looks_read(&same, json_root(doc)) || same.n != l->n)
        abort();
    guest_looks_dispose(&same);
    json_free(doc);
    free(text);
}

/* How they run: what is believed are shares, rates and counts. */
static void looks(const uint8_t *data, size_t size)
{
    struct guest_looks l = { .look = NULL };
    struct msg err = MSG_NONE;
    int rc = guest_looks_parse(&l, data, size, &err);

    if (rc && !*err.text)
        abort();
    for (size_t i = 0; i < l.n; i++) {
        const struct guest_look *k = &l.look[i];

        if (!guest_looks_find(&l, k->uuid) || !(k->steal <= 1) ||
            !(k->tx_bytes >= -1) || !(k->dirty_mib_s >= -1))
            abort();
    }
    if (guest_looks_find(&l, "none"))
        abort();
    if (!rc)
        looks_again(&l);
    guest_looks_dispose(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct topo_view v;
    struct msg err = MSG_NONE;

    guests(data, size);
    looks(data, size);
    topo_view_init(&v);
    if (!facts_parse_view(&v, "f", data, size, &err))
        merge_and_ask(&v, NULL);
    else if (!*err.text)
        abort(); /* a refusal without its reason */
    topo_view_dispose(&v);
    count_values((const char *)data, size);
    limits_hold(data, size);
    return 0;
}
