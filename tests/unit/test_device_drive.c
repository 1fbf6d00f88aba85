/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The device machine driven over a fake of two hosts, of which each call fails
 * in turn: what the guest has then, what is said, and what recover makes of
 * it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "libxl-ext/device_drive.h"

/* --- two hosts --------------------------------------------------------------- */

struct fake {
    unsigned calls, fail_at; /* the call that fails; 0: none */
    bool done_though;        /* it is done, and its answer is lost */
    enum dm_state rec;
    bool claim, refused, mac, at_target, over, open;
    bool own[2], up[2]; /* the VFs of source and target */
};

static void fake_init(struct fake *f)
{
    *f = (struct fake){ .own = { true, false }, .up = { true, false } };
}

/* Counts a call. Whether it is done is in *does. */
static enum dm_input counted(struct fake *f, bool *does)
{
    bool fails = ++f->calls == f->fail_at;

    *does = !fails || f->done_though;
    return fails ? DM_FAILED : DM_OK;
}

static enum dm_input fake_store(void *arg, enum dm_state next)
{
    struct fake *f = arg;
    bool does;
    enum dm_input in = counted(f, &does);

    if (does)
        f->rec = next;
    return in;
}

/* Most calls set one thing to one value. */
static enum dm_input sets(struct fake *f, bool *what, bool value)
{
    bool does;
    enum dm_input in = counted(f, &does);

    if (does)
        *what = value;
    return in;
}

static enum dm_input fake_reserve(void *arg)
{
    struct fake *f = arg;

    return f->refused ? DM_FAILED : sets(f, &f->claim, true);
}

static enum dm_input fake_setup(void *arg)
{
    struct fake *f = arg;

    assert_true(f->claim);
    return sets(f, &f->mac, true);
}

static enum dm_input fake_give(void *arg)
{
    struct fake *f = arg;

    assert_true(f->claim && f->mac && f->at_target);
    return sets(f, &f->own[1], true);
}

static enum dm_input fake_release(void *arg)
{
    struct fake *f = arg;

    assert_false(f->own[1]);
    return sets(f, &f->claim, false);
}

static enum dm_input fake_detach(void *arg)
{
    struct fake *f = arg;

    assert_true(f->over);
    return sets(f, &f->own[0], false);
}

static enum dm_input fake_look(void *arg)
{
    struct fake *f = arg;
    bool does;
    enum dm_input in = counted(f, &does);

    return f->own[0] ? DM_FAILED : in;
}

static enum dm_input fake_put_back(void *arg)
{
    struct fake *f = arg;

    assert_false(f->at_target);
    return sets(f, &f->own[0], true);
}

static enum dm_input fake_link(void *arg, bool there, bool up)
{
    struct fake *f = arg;

    return sets(f, &f->up[there], up);
}

static enum dm_input fake_wait(void *arg)
{
    struct fake *f = arg;

    assert_false(f->up[0]);
    return sets(f, &f->over, true);
}

static enum dm_input fake_migrate(void *arg)
{
    struct fake *f = arg;

    assert_false(f->own[0]);
    if (f->open)
        return DM_OPEN;
    if (++f->calls == f->fail_at)
        return DM_FAILED;
    f->at_target = true;
    return DM_OK;
}

static enum dm_input fake_ask(void *arg)
{
    const struct fake *f = arg;

    return f->open ? DM_OPEN : f->at_target ? DM_THERE : DM_HERE;
}

static const char *fake_why(void *arg)
{
    return "the fake says so";
}

static enum dm_verdict drive(struct fake *f, bool restart, struct msg *err)
{
    const struct device_ops ops = {
        .arg = f,
        .store = fake_store,
        .reserve = fake_reserve,
        .setup = fake_setup,
        .give = fake_give,
        .release = fake_release,
        .detach = fake_detach,
        .look = fake_look,
        .put_back = fake_put_back,
        .link = fake_link,
        .wait = fake_wait,
        .migrate = fake_migrate,
        .ask = fake_ask,
        .why = fake_why,
    };
    struct dm m;
    enum dm_effect e = restart ? dm_restart(&m, f->rec, false) : dm_begin(&m);

    err->text[0] = '\0';
    return device_drive(&m, e, &ops, "web1", err);
}

/* --- cases ------------------------------------------------------------------- */

enum { CALLS = 15 }; /* of a move that goes well */

static void goes_well(void **state)
{
    struct msg err = MSG_NONE;
    struct fake f;

    fake_init(&f);
    assert_int_equal(drive(&f, false, &err), DM_AT_TARGET);
    assert_string_equal(err.text, "");
    assert_int_equal(f.calls, CALLS);
    assert_int_equal(f.rec, DM_DONE);
    assert_true(f.at_target && f.own[1] && f.up[1] && !f.own[0]);
}

/* Whatever fails, the guest has a device or the sentence names the command;
 * and once that was run it has one, and nothing is kept for it elsewhere. */
static void fails_once(bool done_though)
{
    for (unsigned n = 1; n <= CALLS; n++) {
        struct msg err = MSG_NONE;
        struct fake f;
        enum dm_verdict v;
        bool has;

        fake_init(&f);
        f.fail_at = n;
        f.done_though = done_though;
        v = drive(&f, false, &err);
        has = f.own[f.at_target] && f.up[f.at_target];
        if (!strstr(err.text, "web1: can't ") ||
            !strstr(err.text, "the fake says so; ") ||
            (!has && !strstr(err.text, "`rackhop recover web1`")) ||
            (!dm_closed(f.rec) && !strstr(err.text, "`rackhop recover web1`")))
            fail_msg("call %u: %s: %s", n, dm_verdict_name(v), err.text);
        if (!dm_closed(f.rec))
            drive(&f, true, &err);
        if (!dm_closed(f.rec) || !f.own[f.at_target] || !f.up[f.at_target] ||
            (!f.at_target && f.claim))
            fail_msg("call %u, after recover: %s", n, err.text);
    }
}

static void each_call_fails(void **state)
{
    fails_once(false);
}

static void each_answer_is_lost(void **state)
{
    fails_once(true);
}

static void none_is_free(void **state)
{
    struct msg err = MSG_NONE;
    struct fake f;

    fake_init(&f);
    f.refused = true;
    assert_int_equal(drive(&f, false, &err), DM_AT_SOURCE);
    assert_string_equal(err.text,
                        "web1: can't reserve a device for it on the target "
                        "host: the fake says so; it stays, and has its own "
                        "device");
    assert_true(f.up[0]);
}

static void in_doubt(void **state)
{
    struct msg err = MSG_NONE;
    struct fake f;

    fake_init(&f);
    f.open = true;
    assert_int_equal(drive(&f, false, &err), DM_DOUBT);
    assert_string_equal(err.text,
                        "web1: it has no device, and its move is in doubt; "
                        "`rackhop recover web1` goes on");
    assert_int_equal(drive(&f, true, &err), DM_DOUBT);
    f.open = false;
    f.at_target = true;
    assert_int_equal(drive(&f, true, &err), DM_AT_TARGET);
    assert_true(f.own[1] && f.up[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_well),
        cmocka_unit_test(each_call_fails),
        cmocka_unit_test(each_answer_is_lost),
        cmocka_unit_test(none_is_free),
        cmocka_unit_test(in_doubt),
    };

    return cmocka_run_group_tests_name("device_drive", tests, NULL, NULL);
}
