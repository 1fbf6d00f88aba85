/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A guest's entries in /etc/xen/auto: put aside when it moves away, taken over
 * by the target host, put back when it returns, and made to agree with the
 * handover's records. Two folders stand for two hosts.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/tmpdir.h"
#include "tools/base/file.h"
#include "tools/move/autostart_impl.h"
#include "tools/move/autostart_files.h"
#include "tools/move/records.h"
#include "tools/xlcfg.h"

#define UUID  "7c0e1d2a-1111-2222-3333-444455556666"
#define OTHER "7c0e1d2a-1111-2222-3333-444455556667"

static const char web1[] = "name = \"web1\"\nmemory = 512\n";

/* --- the domains of this host ------------------------------------------------- */

static struct xlx_domain domain;
static unsigned domains;

int xlx_domain_list(struct xlx *x, struct xlx_domain **list_r, unsigned *n_r)
{
    *list_r = &domain;
    *n_r = domains;
    return 0;
}

void xlx_domain_list_free(struct xlx_domain *list, unsigned n)
{
}

/* --- two hosts ------------------------------------------------------------------ */

static char *dir;
static char told[2000];

static void be(const char *host)
{
    char path[300];

    snprintf(path, sizeof path, "%s/%s/xen", dir, host);
    setenv("RACKHOP_XEN_DIR", path, 1);
    snprintf(path, sizeof path, "%s/%s/state", dir, host);
    setenv("RACKHOP_STATE_DIR", path, 1);
    snprintf(path, sizeof path, "%s/%s/run", dir, host);
    setenv("RACKHOP_RUN_DIR", path, 1);
}

static void at(char path[400], const char *host, const char *name)
{
    snprintf(path, 400, "%s/%s/%s", dir, host, name);
}

static void put(const char *host, const char *name, const char *text)
{
    char path[400];

    at(path, host, name);
    assert_int_equal(file_replace(path, text, strlen(text)), 0);
}

static void put_link(const char *host, const char *name, const char *to)
{
    char path[400];

    at(path, host, name);
    assert_int_equal(symlink(to, path), 0);
}

static bool is_there(const char *host, const char *name)
{
    char path[400];
    struct stat st;

    at(path, host, name);
    return !lstat(path, &st);
}

static void has_text(const char *host, const char *name, const char *text)
{
    char path[400], *had;
    size_t len;

    at(path, host, name);
    had = file_read(path, 1000, &len);
    if (!had || strcmp(had, text))
        fail_msg("%s has %s", path, had ? had : strerror(errno));
    free(had);
}

static void unlink_at(const char *host, const char *name)
{
    char path[400];

    at(path, host, name);
    assert_int_equal(unlink(path), 0);
}

static int setup(void **state)
{
    static const char *const made[] = {
        "a", "a/xen", "a/xen/auto", "a/state",
        "b", "b/xen", "b/xen/sub",  "b/state"
    };
    char path[400];

    dir = tmpdir_make("autostart");
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, made[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    *told = '\0';
    domains = 0;
    be("a");
    return 0;
}

/* --- which folder --------------------------------------------------------------- */

static void which_folder(void **state)
{
    static const struct {
        const char *settings; /* NULL: there are none */
        const char *dir;      /* NULL: that of Xen */
    } rows[] = {
        { NULL, NULL },
        { "", NULL },
        { "XENDOMAINS_AUTO=/srv/auto\n", "/srv/auto" },
        { "XENDOMAINS_AUTO=/srv/auto", "/srv/auto" },
        { "  XENDOMAINS_AUTO=\"/srv/a b/\" # ours\n", "/srv/a b" },
        { "XENDOMAINS_AUTO='/srv/a#b'\n", "/srv/a#b" },
        { "XENDOMAINS_AUTO=/srv/auto # ours\n", "/srv/auto" },
        { "XENDOMAINS_AUTO=/a\nXENDOMAINS_AUTO=/b\n", "/b" },
        { "#XENDOMAINS_AUTO=/srv/auto\n", NULL },
        { "XENDOMAINS_AUTO_ONLY=/srv\n", NULL },
        { "XENDOMAINS_AUTO=\n", NULL },
        { "XENDOMAINS_AUTO=\"\n", NULL },
        { "XENDOMAINS_AUTO=auto\n", NULL },
        { "XENDOMAINS_AUTO=$HOME/auto\n", NULL },
        { "XENDOMAINS_AUTO=`pwd`\n", NULL },
    };
    char path[PATH_MAX], xen[400];

    at(xen, "a", "default");
    assert_int_equal(mkdir(xen, 0755), 0);
    at(xen, "a", "xen/auto");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].settings)
            put("a", "default/xendomains", rows[i].settings);
        autostart_dir(path);
        if (strcmp(path, rows[i].dir ? rows[i].dir : xen))
            fail_msg("row %zu: %s", i, path);
    }
    unlink_at("a", "default/xendomains");
}

/* What is in another folder goes aside as well, and comes back to it. */
static void another_folder(void **state)
{
    struct strlist names = { .n = 0 };
    char path[400], text[500];
    struct autostart a;

    at(path, "a", "default");
    assert_int_equal(mkdir(path, 0755), 0);
    at(path, "a", "boot");
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(text, sizeof text, "XENDOMAINS_AUTO=%s\n", path);
    put("a", "default/xendomains", text);
    put("a", "xen/auto/web1", web1); /* nobody starts this one */
    put("a", "boot/web1.cfg", web1);
    assert_int_equal(autostart_find(&a, "web1", UUID), 0);
    assert_int_equal(a.n, 1);
    assert_string_equal(a.entry[0].name, "web1.cfg");
    autostart_dispose(&a);
    assert_int_equal(autostart_aside(UUID, "web1.cfg"), 0);
    assert_false(is_there("a", "boot/web1.cfg"));
    assert_int_equal(autostart_back(UUID, &names), 0);
    assert_int_equal(names.n, 1);
    has_text("a", "boot/web1.cfg", web1);
    strlist_dispose(&names);
}

static int teardown(void **state)
{
    tmpdir_remove(dir);
    return 0;
}

static void keep_told(void *arg, const char *text, bool trouble)
{
    size_t n = strlen(told);

    snprintf(told + n, sizeof told - n, "%s%s\n", trouble ? "! " : "", text);
}

static const struct autostart_tell tell = { keep_told, NULL };

static void settle(struct store *s)
{
    autostart_settle_away(NULL, s, &tell);
    autostart_settle_back(NULL, s, false, &tell);
}

/* --- files ------------------------------------------------------------------------ */

static void guests_of_configurations(void **state)
{
    struct xlcfg_guest g;
    static const char upper[] =
        "uuid='7C0E1D2A-1111-2222-3333-444455556666'\nname='x'\n";

    assert_int_equal(xlcfg_guest(web1, strlen(web1), &g), 0);
    assert_string_equal(g.name, "web1");
    assert_string_equal(g.uuid, "");
    assert_int_equal(xlcfg_guest(upper, strlen(upper), &g), 0);
    assert_string_equal(g.uuid, UUID);
    assert_int_equal(xlcfg_guest("memory = 5\n", 11, &g), -EINVAL);
    assert_int_equal(xlcfg_guest("name = \n", 8, &g), -EINVAL);
    assert_int_equal(xlcfg_guest("\0\0", 2, &g), -EINVAL);
    assert_int_equal(xlcfg_guest("", 0, &g), -EINVAL);
}

static void goes_and_comes_back(void **state)
{
    struct autostart a;
    struct strlist kept = { .n = 0 }, back = { .n = 0 };
    struct msg err = MSG_NONE;
    char *text;

    put("a", "xen/web1.cfg", web1);
    put_link("a", "xen/auto/10-web1", "../web1.cfg");
    put("a", "xen/auto/README", "no configuration");
    put("a", "xen/auto/db", "name = \"db\"\n");
    assert_int_equal(autostart_find(&a, "web1", UUID), 0);
    assert_int_equal(a.n, 1);
    assert_string_equal(a.entry[0].path, "/etc/xen/web1.cfg");
    text = autostart_format(&a);
    autostart_dispose(&a);
    assert_int_equal(autostart_aside(UUID, "10-web1"), 0);
    assert_false(is_there("a", "xen/auto/10-web1"));
    assert_true(is_there("a", "xen/web1.cfg"));
    /* a relative link still leads to it, so that it can be sent later */
    has_text("a", "state/autostart/" UUID "/10-web1", web1);
    assert_int_equal(autostart_find_aside(&a, "web1", UUID), 0);
    assert_int_equal(a.n, 1);
    autostart_dispose(&a);

    be("b");
    assert_int_equal(autostart_parse(&a, "x", text, strlen(text), &err), 0);
    assert_int_equal(autostart_take(&a, &kept, &err), 0);
    assert_int_equal(kept.n, 0);
    has_text("b", "xen/web1.cfg", web1);
    has_text("b", "xen/auto/10-web1", web1);
    /* once more: nothing changes; and another text is left as it is */
    assert_int_equal(autostart_take(&a, &kept, &err), 0);
    assert_int_equal(kept.n, 0);
    put("b", "xen/web1.cfg", "name = \"mine\"\n");
    unlink_at("b", "xen/auto/10-web1");
    assert_int_equal(autostart_take(&a, &kept, &err), 0);
    assert_int_equal(kept.n, 1);
    assert_false(is_there("b", "xen/auto/10-web1"));
    has_text("b", "xen/web1.cfg", "name = \"mine\"\n");
    strlist_dispose(&kept);
    autostart_dispose(&a);
    free(text);

    be("a");
    assert_int_equal(autostart_back(UUID, &back), 0);
    assert_int_equal(back.n, 1);
    has_text("a", "xen/auto/10-web1", web1);
    assert_false(is_there("a", "state/autostart/" UUID));
    strlist_dispose(&back);
    assert_int_equal(autostart_back(UUID, &back), 0);
    assert_int_equal(back.n, 0);
}

/* What somebody made meanwhile stays. */
static void never_over_a_file(void **state)
{
    struct strlist back = { .n = 0 };

    put("a", "xen/auto/web1", web1);
    assert_int_equal(autostart_aside(UUID, "web1"), 0);
    put("a", "xen/auto/web1", "name = \"web1\"\n");
    assert_int_equal(autostart_back(UUID, &back), 0);
    assert_int_equal(back.n, 0);
    has_text("a", "xen/auto/web1", "name = \"web1\"\n");
}

static void hostile_documents(void **state)
{
#define DOC(entry)                                                            \
    "{\"format\":\"rackhop-autostart/1\",\"uuid\":\"" UUID                    \
    "\",\"guest\":\"web1\",\"entries\":[" entry "]}"
    static const char *const bad[] = {
        DOC("{\"name\":\"../x\",\"text\":\"t\"}"),
        DOC("{\"name\":\"a/b\",\"text\":\"t\"}"),
        DOC("{\"name\":\".x\",\"text\":\"t\"}"),
        DOC("{\"name\":\"\",\"text\":\"t\"}"),
        DOC("{\"name\":\"a\\nb\",\"text\":\"t\"}"),
        DOC("{\"name\":\"x\",\"text\":\"\"}"),
        DOC("{\"name\":\"x\"}"),
        DOC("{\"name\":\"x\",\"path\":\"/etc/passwd\",\"text\":\"t\"}"),
        DOC("{\"name\":\"x\",\"path\":\"/etc/xen/../x\",\"text\":\"t\"}"),
        DOC("{\"name\":\"x\",\"path\":\"/etc/xen/\",\"text\":\"t\"}"),
        DOC("{\"name\":\"x\",\"path\":\"/etc/xen//x\",\"text\":\"t\"}"),
        DOC("{\"name\":\"x\",\"path\":7,\"text\":\"t\"}"),
        ("{\"format\":\"rackhop-autostart/1\",\"uuid\":\"x\","
         "\"guest\":\"web1\",\"entries\":[]}"),
        "{\"format\":\"rackhop-autostart/2\"}",
        "[",
    };
    static const char sub[] = DOC("{\"name\":\"x\",\"path\":\"/etc/xen/sub/"
                                  "x\",\"text\":\"name='web1'\"}"),
                      stranger[] =
                          DOC("{\"name\":\"x\",\"text\":\"name='db'\"}");
#undef DOC
    struct autostart a;
    struct strlist kept = { .n = 0 };
    struct msg err = MSG_NONE;
    char path[400];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (!autostart_parse(&a, "x", bad[i], strlen(bad[i]), &err))
            fail_msg("believed: %s", bad[i]);
    be("b");
    assert_int_equal(autostart_parse(&a, "x", sub, strlen(sub), &err), 0);
    assert_int_equal(autostart_take(&a, &kept, &err), 0);
    has_text("b", "xen/sub/x", "name='web1'");
    /* a folder that leads elsewhere is no folder of /etc/xen */
    at(path, "b", "xen/sub/x");
    unlink(path);
    at(path, "b", "xen/sub");
    rmdir(path);
    put_link("b", "xen/sub", "../../a");
    assert_int_equal(autostart_take(&a, &kept, &err), -ENOTDIR);
    assert_false(is_there("b", "xen/sub/x"));
    autostart_dispose(&a);
    unlink_at("b", "xen/auto/x");
    /* only for a guest that is here, and only its own configuration */
    be("b");
    assert_int_equal(
        autostart_accept(NULL, stranger, strlen(stranger), &kept, &err),
        -ESRCH);
    domain = (struct xlx_domain){ .domid = 9 };
    strcpy(domain.uuid, UUID);
    domains = 1;
    assert_int_equal(
        autostart_accept(NULL, stranger, strlen(stranger), &kept, &err),
        -EINVAL);
    assert_false(is_there("b", "xen/auto/x"));
}

/* --- records ---------------------------------------------------------------------- */

struct way {
    const char *name;
    enum ho_role role;
    enum ho_state state;
    bool lost, runs, other_name;
    bool aside; /* where the entry is in the end */
};

static const struct way ways[] = {
    { "moved away", HO_SOURCE, HO_DONE, false, false, false, true },
    { "given away, not settled", HO_SOURCE, HO_GO, false, false, false, true },
    { "it stayed", HO_SOURCE, HO_ABORTED, false, false, false, false },
    { "it had not left", HO_SOURCE, HO_PREPARED, false, false, false, false },
    { "it came, and went down with this host", HO_TARGET, HO_DONE, true, false,
      false, true },
    { "it came", HO_TARGET, HO_DONE, false, false, false, false },
    { "it never came", HO_TARGET, HO_ABORTED, false, false, false, false },
    { "stock xl brought it back", HO_SOURCE, HO_DONE, false, true, false,
      false },
    { "a record of another guest", HO_SOURCE, HO_DONE, false, false, true,
      false },
};

static void keep_record_of(struct store *s, const struct way *t,
                           const char *uuid, const char *host, bool xl)
{
    struct record r = { .epoch = 5,
                        .role = t->role,
                        .state = t->state,
                        .lost = t->lost,
                        .xl = xl,
                        .domid = 7,
                        .when = 5 };
    char key[64], *text;

    strcpy(r.uuid, uuid);
    strcpy(r.id, "hand-1");
    strcpy(r.name, t->other_name ? "web2" : "web1");
    strcpy(r.host, host);
    text = record_format(&r);
    snprintf(key, sizeof key, "handover/%s", uuid);
    assert_int_equal(store_cas(s, key, 0, text, NULL), 0);
    free(text);
}

static void keep_record(struct store *s, const struct way *t)
{
    keep_record_of(s, t, UUID, "b", true);
}

static void agrees_with_records(void **state)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct way *t = &ways[i];
        struct store *s;

        assert_int_equal(store_open_mem(&s), 0);
        keep_record(s, t);
        put("a", "xen/auto/web1", web1);
        domain = (struct xlx_domain){ .domid = 9 };
        strcpy(domain.uuid, UUID);
        domains = t->runs;
        for (int twice = 0; twice < 2; twice++)
            settle(s);
        if (is_there("a", "xen/auto/web1") == t->aside ||
            is_there("a", "state/autostart/" UUID "/web1") != t->aside)
            fail_msg("%s: the entry is %s", t->name,
                     t->aside ? "started" : "aside");
        autostart_return(UUID, "web1", &tell);
        store_close(s);
    }
    assert_non_null(strstr(told, "web1 is not started at boot by this host"));
}

/* A move that was settled as "it stays", after the boot had put it aside. */
static void comes_back_when_settled(void **state)
{
    struct way away = ways[1], stays = ways[2];
    struct store *s;
    char *text;
    uint64_t rev;

    assert_int_equal(store_open_mem(&s), 0);
    keep_record(s, &away);
    put("a", "xen/auto/web1", web1);
    settle(s);
    assert_false(is_there("a", "xen/auto/web1"));
    assert_int_equal(store_get(s, "handover/" UUID, &text, &rev), 0);
    free(text);
    assert_int_equal(store_cas(s, "handover/" UUID, rev, NULL, NULL), 0);
    keep_record(s, &stays);
    settle(s);
    assert_true(is_there("a", "xen/auto/web1"));
    store_close(s);
}

/* The newest record of a name counts; a UUID leaves no doubt. */
static void elsewhere(void **state)
{
    struct store *s;
    struct record r;

    assert_int_equal(store_open_mem(&s), 0);
    assert_int_equal(autostart_elsewhere(s, "web1", "", &r), -ENOENT);
    keep_record(s, &ways[0]);
    assert_int_equal(autostart_elsewhere(s, "web1", "", &r), 0);
    assert_string_equal(r.host, "b");
    assert_int_equal(autostart_elsewhere(s, "x", UUID, &r), 0);
    assert_int_equal(autostart_elsewhere(s, "web1", OTHER, &r), -ENOENT);
    store_close(s);
}

/* --- stock xl -------------------------------------------------------------------- */

/* A command in ssh's place: what the other host prints. */
static void other_says(char path[400], const char *name, const char *line)
{
    char text[500];

    snprintf(text, sizeof text, "#!/bin/sh\n: > %s/asked\n%s\n", dir, line);
    put("a", name, text);
    at(path, "a", name);
    assert_int_equal(chmod(path, 0755), 0);
}

static bool was_asked(void)
{
    char path[400];
    bool was;

    snprintf(path, sizeof path, "%s/asked", dir);
    was = !access(path, F_OK);
    unlink(path);
    return was;
}

static void boot(struct store *s, const char *ssh)
{
    autostart_ask(NULL, s, ssh, NULL);
    settle(s);
}

/* It came, and stock xl took it back: this host must not start it. */
static void taken_back_by_xl(void **state)
{
    char here[400], away[400], another[400];
    struct store *s;
    struct record r;
    struct msg err;

    other_says(here, "says-here", "echo '@guest " UUID " here'");
    other_says(away, "says-away", "echo '@guest " UUID " away'");
    other_says(another, "says-another", "echo '@guest " OTHER " here'");
    assert_int_equal(store_open_mem(&s), 0);
    keep_record(s, &ways[5]);
    put("a", "xen/auto/web1", web1);
    domain = (struct xlx_domain){ .domid = 9 };
    strcpy(domain.uuid, UUID);
    domains = 1;
    boot(s, here);
    assert_false(was_asked()); /* it is seen on this host */
    domains = 0;
    boot(s, "false");
    boot(s, another);
    assert_true(was_asked());
    boot(s, away);
    assert_true(is_there("a", "xen/auto/web1"));
    boot(s, here);
    assert_false(is_there("a", "xen/auto/web1"));
    assert_int_equal(autostart_elsewhere(s, "web1", "", &r), 0);
    boot(s, "false"); /* what was seen counts until another is seen */
    assert_false(is_there("a", "xen/auto/web1"));
    boot(s, away); /* it may be rebooting there */
    assert_false(is_there("a", "xen/auto/web1"));
    domains = 1; /* and xl brings it once more */
    boot(s, here);
    assert_true(is_there("a", "xen/auto/web1"));
    assert_int_equal(records_get(s, UUID, &r, &err), 0);
    assert_false(r.taken);
    store_close(s);
}

/* It came from b, and stock xl took it on to c, which is known by its name in
 * the configuration, or by the record of another guest. */
static void taken_on_by_xl(void **state)
{
    struct strlist hosts = { .n = 0 };
    char ssh[400];
    struct store *s;
    struct record r;
    struct msg err;

    other_says(ssh, "says-c",
               "case $1 in c) w=here ;; b) w=away ;; *) exit 255 ;; esac\n"
               "case $2 in *" UUID "*) echo '@guest " UUID "' $w ;; esac");
    for (int by_record = 0; by_record < 2; by_record++) {
        assert_int_equal(store_open_mem(&s), 0);
        keep_record(s, &ways[5]);
        put("a", "xen/auto/web1", web1);
        autostart_ask(NULL, s, ssh, &hosts); /* nobody knows c */
        settle(s);
        assert_true(is_there("a", "xen/auto/web1"));
        if (by_record) {
            keep_record_of(s, &ways[8], OTHER, "c", false);
        } else {
            assert_int_equal(strlist_add(&hosts, "silent"), 0);
            assert_int_equal(strlist_add(&hosts, "c"), 0);
        }
        autostart_ask(NULL, s, ssh, &hosts);
        settle(s);
        assert_false(is_there("a", "xen/auto/web1"));
        assert_int_equal(records_get(s, UUID, &r, &err), 0);
        assert_true(r.taken);
        assert_string_equal(r.host, "c");
        store_close(s);
        strlist_dispose(&hosts);
        hosts = (struct strlist){ .n = 0 };
        autostart_back(UUID, &hosts);
        strlist_dispose(&hosts);
        hosts = (struct strlist){ .n = 0 };
    }
}

/* What a host answers that is asked. */
static void is_it_here(void **state)
{
    static const struct {
        const char *name;
        uint32_t domid;
        bool dying, runs, wanted;
    } rows[] = {
        { "web1", 9, false, true, true },
        { "web1", 9, true, true, false },
        { "web1", 9, false, false, false },
        { "web1--incoming", 9, false, true, false },
        { NULL, 9, false, true, false },
    };
    char name[40], uuid[] = UUID, other[] = OTHER;
    char *const both[] = { other, uuid };
    struct store *s;
    bool here[2];

    assert_int_equal(store_open_mem(&s), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        domain = (struct xlx_domain){ .domid = rows[i].domid,
                                      .dying = rows[i].dying };
        strcpy(domain.uuid, UUID);
        if (rows[i].name) {
            snprintf(name, sizeof name, "%s", rows[i].name);
            domain.name = name;
        }
        domains = rows[i].runs;
        assert_int_equal(autostart_here(NULL, s, both, 2, here), 0);
        if (here[0] || here[1] != rows[i].wanted)
            fail_msg("row %zu", i);
    }
    store_close(s);
}

/* The target host has no rackhop, or can't be reached: never both hosts. */
static void not_taken(void **state)
{
    struct record r = { .epoch = 5, .role = HO_SOURCE, .state = HO_DONE };

    strcpy(r.uuid, UUID);
    strcpy(r.name, "web1");
    strcpy(r.host, "b");
    strcpy(r.ssh, "false");
    put("a", "xen/auto/web1", web1);
    autostart_follow(&r, &tell);
    assert_false(is_there("a", "xen/auto/web1"));
    assert_true(autostart_unsent(UUID));
    assert_non_null(strstr(told, "! web1 is not started at boot by any host"));
    *told = '\0';
    autostart_return(UUID, "web1", &tell);
    r.xl = true;
    autostart_follow(&r, &tell);
    assert_false(autostart_unsent(UUID));
    assert_non_null(strstr(told, "Set it up there yourself"));
}

/* At a boot: each host is asked once about all its guests, and says of each
 * whether it took it, whatever its shell says at a login. What stands for ssh
 * runs what it is to run here. */
static void sent_together(void **state)
{
    static const char ssh[] =
        "#!/bin/sh\nshift $(($# - 2))\necho $1 >> \"$ASKED\"\n"
        "[ $1 != silent ] || exit 255\n"
        "[ $1 != b ] || echo 'Welcome to b'\nPATH=${0%/*}:$PATH; exec sh -c "
        "\"$2\"\n";
    static const char rackhop[] =
        "#!/bin/sh\nread -r doc\ncase $doc in\n"
        "*db2*) echo a warning; echo rackhop: db2 is not on this host >&2; "
        "exit 1 ;;\nesac\n";
    static const struct {
        const char *guest, *host;
        bool taken;
        const char *told;
    } rows[] = {
        { "web1", "b", true, NULL },
        { "db1", "c", true, NULL },
        { "db2", "b", false, "b did not take it: db2 is not on this host" },
        { "web2", "b", true, NULL },
        { "app", "silent", false, "silent did not take it" },
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    struct autostart_parcel p[ROWS];
    char path[400], asked[400], text[200];

    put("a", "ssh", ssh);
    put("a", "rackhop", rackhop);
    at(path, "a", "rackhop");
    assert_int_equal(chmod(path, 0755), 0);
    at(path, "a", "ssh");
    assert_int_equal(chmod(path, 0755), 0);
    at(asked, "a", "asked");
    setenv("ASKED", asked, 1);
    memset(p, 0, sizeof p);
    for (size_t i = 0; i < ROWS; i++) {
        snprintf(p[i].r.host, sizeof p[i].r.host, "%s", rows[i].host);
        snprintf(p[i].r.ssh, sizeof p[i].r.ssh, "%.200s", path);
        snprintf(p[i].a.guest, sizeof p[i].a.guest, "%s", rows[i].guest);
        snprintf(p[i].a.uuid, sizeof p[i].a.uuid, "%.35s%zu", UUID, i);
        snprintf(text, sizeof text, "name = \"%s\"\n", rows[i].guest);
        assert_int_equal(autostart_add(&p[i].a, rows[i].guest, NULL, text), 0);
    }
    *told = '\0';
    autostart_send(p, ROWS, &tell);
    for (size_t i = 0; i < ROWS; i++) {
        if (p[i].rc ? rows[i].taken : !rows[i].taken)
            fail_msg("%s: %d, %s", rows[i].guest, p[i].rc, p[i].why.text);
        if (rows[i].told && !strstr(told, rows[i].told))
            fail_msg("%s: %s", rows[i].guest, told);
        autostart_dispose(&p[i].a);
    }
    {
        size_t len, lines = 0;
        char *had = file_read(asked, 1000, &len);

        for (const char *c = had; c && *c; c++)
            lines += *c == '\n';
        free(had);
        assert_int_equal(lines, 3);
    }
    unlink_at("a", "asked");
    unlink_at("a", "ssh");
    unlink_at("a", "rackhop");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(guests_of_configurations),
        TEST(goes_and_comes_back),
        TEST(never_over_a_file),
        TEST(hostile_documents),
        TEST(agrees_with_records),
        TEST(comes_back_when_settled),
        TEST(elsewhere),
        TEST(not_taken),
        TEST(sent_together),
        TEST(taken_back_by_xl),
        TEST(taken_on_by_xl),
        TEST(is_it_here),
        TEST(which_folder),
        TEST(another_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
