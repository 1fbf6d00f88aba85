/* SPDX-License-Identifier: LGPL-2.1-only */
/* Plans as documents: what is written is read again, what nobody could carry
 * out is refused with its place and reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/sim.h"
#include "tools/doc/plan.h"
#include "tools/doc/simulated.h"
#include "tools/doc/snapshot.h"
#include "tools/base/msg.h"

#define MOVE(id_, dom_, from_, to_, more_)                                    \
    "{\"id\":" id_ ",\"domain\":\"" dom_ "\",\"name\":\"" dom_                \
    "\",\"from\":\"" from_ "\",\"to\":\"" to_                                 \
    "\",\"gib\":1,\"hops\":2,\"cost\":3,\"start_s\":0,\"seconds\":1,"         \
    "\"rate_mbps\":10" more_ "}"
#define PLAN(moves_)                                                          \
    "{\"format\":\"rackhop-plan/1\",\"goal\":{\"kind\":\"drain\"},"           \
    "\"moves\":[" moves_ "],\"stranded\":[],\"infeasible\":null}"

static const struct {
    const char *text, *says;
} wrong[] = {
    { "{}", "test: has no \"format\", wanted is rackhop-plan/1" },
    { "{\"format\":\"rackhop-plan/1\",\"goal\":{\"kind\":\"drain\"}}",
      "test:1: moves is missing or no array" },
    { "{\"format\":\"rackhop-plan/1\",\"moves\":[]}",
      "test:1: goal.kind is missing or no text" },
    { PLAN("3"), "test:1: a move is a whole number, not an object" },
    { PLAN("{\"id\":\"x\"}"),
      "test:1: a move's id is missing or no whole number" },
    { PLAN("{\"id\":1}"), "test:1: a move's domain is missing or no text" },
    { PLAN(MOVE("1", "v", "a", "a", "")), "test:1: v moves from a to itself" },
    { PLAN(MOVE("1", "v", "a", "b", ",\"lanes\":\"2\"")),
      "test:1: a move's lanes is missing or no number >= 0" },
    { PLAN(MOVE("1", "v", "a", "b", ",\"lanes\":-1")),
      "test:1: a move's lanes is missing or no number >= 0" },
    { PLAN(MOVE("1", "v", "a", "b", ",\"after\":\"x\"")),
      "test:1: `after` is a string, not an array" },
    { PLAN(MOVE("1", "v", "a", "b", ",\"after\":[7]")),
      "test:1: move 1 is after 7, which is no move" },
    { PLAN(MOVE("1", "v", "a", "b", "") "," MOVE("1", "w", "a", "b", "")),
      "test:1: two moves have the id 1" },
    { PLAN(MOVE("1", "v", "a", "b", "") "," MOVE("2", "v", "b", "c", "")),
      "test:1: v moves twice" },
    { PLAN(MOVE("1", "v", "a", "b", ",\"after\":[2]") "," MOVE(
          "2", "w", "b", "a", ",\"after\":[1]") "," MOVE("3", "x", "b", "a",
                                                         "")),
      "test:1: 2 moves wait for each other in a ring" },
    { PLAN(MOVE("1", "v", "a", "b", ",\"after\":[1]")),
      "test:1: 1 moves wait for each other in a ring" },
};

static void test_wrong(void **state)
{
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct plan_doc p;
        struct msg err = MSG_NONE;

        assert_int_equal(plan_doc_parse(&p, "test", wrong[i].text,
                                        strlen(wrong[i].text), &err),
                         -22);
        assert_string_equal(err.text, wrong[i].says);
    }
}

/* A member that is left out or mistyped, one at a time. */
static void test_members(void **state)
{
    static const char *const keys[] = { "domain",   "name",    "from",
                                        "to",       "gib",     "hops",
                                        "cost",     "start_s", "seconds",
                                        "rate_mbps" };
    const char *good = PLAN(MOVE("1", "v", "a", "b", ""));
    struct plan_doc p;
    struct msg err;

    assert_int_equal(plan_doc_parse(&p, "test", good, strlen(good), &err), 0);
    plan_doc_dispose(&p);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char text[1024], key[32], *at;

        snprintf(text, sizeof text, "%s", good);
        snprintf(key, sizeof key, "\"%s\":", keys[i]);
        at = strstr(strstr(text, "moves"), key);
        assert_non_null(at);
        at[1] = '_'; /* another name: it is missing */
        assert_int_equal(plan_doc_parse(&p, "test", text, strlen(text), &err),
                         -22);
        assert_non_null(strstr(err.text, keys[i]));
    }
}

static char *simulated(size_t *len)
{
    struct plan_sim sim;
    struct plan_sim_cluster c;
    char *text;
    FILE *f = open_memstream(&text, len);
    struct json_out *o;

    plan_sim_init(&sim);
    sim.hosts = 12;
    sim.domains = 60;
    sim.rack = 4;
    sim.mixed = true;
    sim.fill = 0.5;
    assert_non_null(f);
    o = json_out_new(f, false);
    assert_int_equal(plan_sim_make(&c, &sim), 0);
    simulated_write(o, &sim, &c);
    assert_int_equal(json_out_free(o), 0);
    fclose(f);
    plan_sim_dispose(&c);
    return text;
}

/* Simulated, read, planned, written, read. */
static void test_round_trip(void **state)
{
    struct plan_settings set;
    struct snapshot s;
    struct plan_doc d;
    struct plan *p;
    size_t len, plen;
    char *text = simulated(&len), *out;
    struct msg err;
    FILE *f = open_memstream(&out, &plen);
    struct json_out *o;

    plan_settings_init(&set);
    set.explain = true;
    assert_int_equal(snapshot_parse(&s, "sim", text, len, &set, NULL, &err),
                     0);
    assert_int_equal(plan_rebalance(s.cluster, &p), 0);
    assert_true(p->move_n > 3);
    o = json_out_new(f, true);
    plan_write(o, s.cluster, p, s.sha256, true);
    assert_int_equal(json_out_free(o), 0);
    fclose(f);
    assert_int_equal(plan_doc_parse(&d, "plan", out, plen, &err), 0);
    assert_string_equal(d.goal, "rebalance");
    assert_string_equal(d.snapshot, s.sha256);
    assert_int_equal(d.move_n, p->move_n);
    assert_true(fabs(d.total - p->total) < 1e-3);
    for (uint32_t i = 0; i < d.move_n; i++) {
        const struct plan_move *m = &p->move[i];

        assert_string_equal(d.move[i].domain,
                            plan_domain_uuid(s.cluster, m->domain));
        assert_string_equal(d.move[i].to, plan_host_name(s.cluster, m->to));
        assert_int_equal(d.move[i].hops, m->hops);
        assert_true(fabs(d.move[i].seconds - m->seconds) < 1e-3);
        assert_int_equal(d.move[i].after_n, m->after_n);
        for (uint32_t k = 0; k < m->after_n; k++)
            assert_int_equal(d.move[i].after[k], m->after[k]);
    }
    plan_doc_dispose(&d);
    plan_free(p);
    snapshot_dispose(&s);
    free(text);
    free(out);
}

static void same_move(const struct plan_doc_move *a,
                      const struct plan_doc_move *b)
{
    assert_int_equal(a->id, b->id);
    assert_string_equal(a->domain, b->domain);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->from, b->from);
    assert_string_equal(a->to, b->to);
    assert_int_equal(a->hops, b->hops);
    assert_true(a->gib == b->gib && a->cost == b->cost);
    assert_true(a->wire_gib == b->wire_gib);
    assert_true(a->start_s == b->start_s && a->seconds == b->seconds);
    assert_true(a->rate_mbps == b->rate_mbps);
    assert_true(a->downtime_ms == b->downtime_ms);
    assert_int_equal(a->after_n, b->after_n);
    if (a->after_n)
        assert_memory_equal(a->after, b->after, a->after_n * sizeof *a->after);
}

static void same_names(const struct strlist *a, const struct strlist *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++)
        assert_string_equal(a->s[i], b->s[i]);
}

/* A plan handed over as a struct is the same as one written and read. */
static void check_struct(struct snapshot *s, const struct plan *p)
{
    struct plan_doc read, given;
    struct msg err;
    char *out;
    size_t len;
    FILE *f = open_memstream(&out, &len);
    struct json_out *o = json_out_new(f, false);

    plan_write(o, s->cluster, p, s->sha256, false);
    assert_int_equal(json_out_free(o), 0);
    fclose(f);
    assert_int_equal(plan_doc_parse(&read, "plan", out, len, &err), 0);
    assert_int_equal(plan_doc_of(&given, s->cluster, p, s->sha256), 0);
    assert_string_equal(read.goal, given.goal);
    assert_string_equal(read.snapshot, given.snapshot);
    assert_true(read.total == given.total);
    assert_true(read.makespan_s == given.makespan_s);
    assert_true(read.bound_s == given.bound_s);
    assert_int_equal(read.stranded_n, given.stranded_n);
    assert_int_equal(read.infeasible, given.infeasible);
    same_names(&read.hosts, &given.hosts);
    same_names(&read.guests, &given.guests);
    assert_int_equal(read.move_n, given.move_n);
    for (uint32_t i = 0; i < read.move_n; i++)
        same_move(&read.move[i], &given.move[i]);
    plan_doc_dispose(&read);
    plan_doc_dispose(&given);
    free(out);
}

static void test_struct(void **state)
{
    static const uint32_t hosts[] = { 0, 5 };
    struct plan_settings set;
    struct snapshot s;
    struct plan *p;
    struct msg err;
    size_t len;
    char *text = simulated(&len);

    plan_settings_init(&set);
    assert_int_equal(snapshot_parse(&s, "sim", text, len, &set, NULL, &err),
                     0);
    assert_int_equal(plan_rebalance(s.cluster, &p), 0);
    check_struct(&s, p);
    plan_free(p);
    assert_int_equal(plan_drain(s.cluster, hosts, 2, &p), 0);
    check_struct(&s, p);
    plan_free(p);
    assert_int_equal(plan_migrate(s.cluster, 3, PLAN_NONE, &p), 0);
    check_struct(&s, p);
    plan_free(p);
    snapshot_dispose(&s);
    free(text);
}

/* A guest of a snapshot that says where it belongs. */
static void test_home(void **state)
{
    static const char type[] = "\"type\":", home[] = "\"home\":\"h00001\",";
    const uint32_t all[] = { 0, 1, 2, 3 };
    struct plan_settings set;
    struct snapshot s;
    struct plan *p;
    struct msg err;
    size_t len, at;
    char *text = simulated(&len), *homed = malloc(len + sizeof home);

    assert_non_null(homed);
    assert_non_null(strstr(text, type));
    at = (size_t)(strstr(text, type) - text);
    memcpy(homed, text, at);
    memcpy(homed + at, home, sizeof home - 1);
    memcpy(homed + at + sizeof home - 1, text + at, len - at);
    plan_settings_init(&set);
    assert_int_equal(snapshot_parse(&s, "sim", homed, len + sizeof home - 1,
                                    &set, NULL, &err),
                     0);
    assert_string_equal(plan_domain_home(s.cluster, 0), "h00001");
    assert_null(plan_domain_home(s.cluster, 1));
    assert_int_equal(plan_home(s.cluster, all, 4, &p), 0);
    assert_int_equal(p->goal_guest_n, 1);
    check_struct(&s, p);
    plan_free(p);
    snapshot_dispose(&s);
    free(homed);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_wrong),
                                        cmocka_unit_test(test_members),
                                        cmocka_unit_test(test_round_trip),
                                        cmocka_unit_test(test_struct),
                                        cmocka_unit_test(test_home) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
