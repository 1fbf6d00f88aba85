/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a target host is asked and what it answers: rackhop's facts, the script's
 * lines, and bytes of hosts that mean no good. The script itself runs in a
 * real sh, with an xl and a rackhop of the test's own in its PATH.
 */
#include "tools/move/target.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/remote/ssh.h"
#include "tools/base/msg.h"

#define BANNER "xl migration receiver ready, send binary domain data.\n"

/* --- rackhop's facts ------------------------------------------------------------ */

static const char facts[] =
    "{\"format\":\"rackhop-facts/1\",\"version\":\"0.1.0\",\"node\":\"r2h1\","
    "\"listening\":[\"0.0.0.0:5901\"],"
    "\"missing_paths\":[\"/vm/web1\"],\"host\":{\"free_mib\":2048,"
    "\"balloon_mib\":512,\"xen\":\"4.17.7\",\"cpu_vendor\":\"GenuineIntel\","
    "\"cpu_max\":{\"pv\":\"1,2\",\"hvm\":\"1,2,3\"},"
    "\"cpupools\":[{\"name\":\"Pool-0\",\"scheduler\":\"credit2\","
    "\"cpus\":\"0-3\"},{\"name\":\"p\",\"cpus\":\"x\"},{\"cpus\":\"1\"},7],"
    "\"networks\":[\"xenbr0\",\"xenbr1\"]},"
    "\"domains\":[{\"name\":\"db\",\"uuid\":\"0-1\"},{\"name\":\"web\"},"
    "{\"name\":\"old\",\"uuid\":\"0-2\",\"dying\":true},"
    "{\"name\":\"older\",\"uuid\":\"0-3\",\"pinned_why\":\"it is dying\"}]}\n";

static void test_facts(void **state)
{
    struct target_host f;
    struct msg err;

    assert_int_equal(target_parse(&f, facts, &err), 0);
    assert_int_equal(f.kind, TARGET_RACKHOP);
    assert_string_equal(f.name, "r2h1");
    assert_int_equal(f.xen_major, 4);
    assert_int_equal(f.xen_minor, 17);
    assert_int_equal(f.free_mib, 2048);
    assert_int_equal(f.balloon_mib, 512);
    assert_string_equal(f.vendor, "GenuineIntel");
    assert_int_equal(f.pv_max.n, 2);
    assert_int_equal(f.hvm_max.word[2], 3);
    assert_true(f.knows_networks);
    assert_true(strlist_has(&f.networks, "xenbr1"));
    assert_false(strlist_has(&f.networks, "xenbr"));
    assert_true(strlist_has(&f.names, "db") && strlist_has(&f.names, "web"));
    assert_true(strlist_has(&f.uuids, "0-1"));
    /* one of which nothing more is known is one nevertheless */
    assert_int_equal(f.pools.n, 2);
    assert_string_equal(xlx_pools_find(&f.pools, "Pool-0")->sched, "credit2");
    assert_true(xlx_cpuset_has(&f.pools.pool[0].cpus, 3));
    assert_false(xlx_cpuset_has(&f.pools.pool[0].cpus, 4));
    assert_false(xlx_pools_find(&f.pools, "p")->knows_cpus);
    /* what is dying is in nobody's way */
    assert_int_equal(f.names.n, 2);
    assert_false(strlist_has(&f.uuids, "0-2") || strlist_has(&f.uuids, "0-3"));
    assert_true(strlist_has(&f.dying, "0-2") && strlist_has(&f.dying, "0-3"));
    assert_true(strlist_has(&f.missing, "/vm/web1"));
    assert_true(strlist_has(&f.listening, "0.0.0.0:5901"));
    target_dispose(&f);
}

static void parse_fails(const char *text, const char *why)
{
    struct target_host f;
    struct msg err = MSG_NONE;

    assert_int_not_equal(target_parse(&f, text, &err), 0);
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void test_facts_refused(void **state)
{
    parse_fails("{\n", "the target host's facts");
    parse_fails("{}\n", "format");
    parse_fails("{\"format\":\"rackhop-facts/2\"}\n", "rackhop-facts/");
    parse_fails("{\"format\":\"rackhop-facts/1\"} x\n",
                "the target host's facts");
    parse_fails("{\"format\":\"rackhop-facts/1\",\"a\":[[[[[[[[[[[[[[[[[[[[[1"
                "]]]]]]]]]]]]]]]]]]]]]}\n",
                "the target host's facts");
}

/* Of what is not as promised nothing is taken, and the rest is. */
static void test_facts_odd(void **state)
{
    static const char odd[] =
        "{\"format\":\"rackhop-facts/1\",\"node\":5,\"host\":{\"free_mib\":"
        "1e300,\"balloon_mib\":-7,\"xen\":\"four\",\"cpu_vendor\":null,"
        "\"cpu_max\":{\"pv\":\"x\",\"hvm\":7},\"networks\":\"xenbr0\"},"
        "\"missing_paths\":[1,null,\"/a\\u001b[2Jb\"],"
        "\"domains\":[5,{\"name\":null}]}\n";
    struct target_host f;
    struct msg err;

    assert_int_equal(target_parse(&f, odd, &err), 0);
    assert_string_equal(f.name, "");
    assert_int_equal(f.free_mib, -1);
    assert_int_equal(f.balloon_mib, 0);
    assert_int_equal(f.xen_major, 0);
    assert_int_equal(f.pv_max.n, 0);
    assert_int_equal(f.hvm_max.n, 0);
    /* and what reaches the screen is fit for it */
    assert_int_equal(f.missing.n, 1);
    assert_string_equal(f.missing.s[0], "/a?[2Jb");
    target_dispose(&f);
}

/* --- the script's lines ----------------------------------------------------------------- */

static void test_lines(void **state)
{
    static const char text[] =
        "Last login: today\n"
        "@wire 3\n"
        "@xl\n"
        "@info host                   : r1h2\n"
        "@info xen_major              : 4\n"
        "@info xen_minor              : 17\n"
        "@info free_memory            : 1234\n"
        "@info xen_caps               : xen-3.0-x86_64 hvm-3.0-x86_32\n"
        "@vm UUID                                  ID    name\n"
        "@vm 00000000-0000-0000-0000-000000000000  0    Domain-0\n"
        "@vm 3b5e1c3a-0000-4000-8000-000000000001  12    web one\n"
        "@vm 3b5e1c3a-0000-4000-8000-000000000002  13    (null)        \n"
        "@net xenbr0\n"
        "@pool Name               CPUs   Sched     Active   Domain count\n"
        "@pool Pool-0               4    credit2       y          3\n"
        "@vendor AuthenticAMD\n"
        "@cpuid Dynamic sets:\n"
        "@cpuid PV Max      178bfbff:f6fa3203\n"
        "@cpuid HVM Max     178bfbfd:c2f82203:2fd3fbff\n"
        "@cpuid PV Default  11111111:11111111\n"
        "@missing /vm/a b\n"
        "@codec 2 more\n"
        "@unknown thing\n";
    struct target_host f;
    struct msg err;

    assert_int_equal(target_parse(&f, text, &err), 0);
    assert_int_equal(f.kind, TARGET_XL);
    assert_int_equal(f.pools.n, 1);
    assert_string_equal(f.pools.pool[0].sched, "credit2");
    assert_false(f.pools.pool[0].knows_cpus);
    assert_true(f.has_xl && f.knows_networks);
    assert_int_equal(f.wire, 3);
    assert_int_equal(f.codec.version, 2);
    assert_false(f.codec.ratio || f.codec.tail);
    assert_string_equal(f.name, "r1h2");
    assert_int_equal(f.xen_minor, 17);
    assert_int_equal(f.free_mib, 1234);
    assert_string_equal(f.vendor, "AuthenticAMD");
    assert_int_equal(f.names.n, 2);
    assert_true(strlist_has(&f.names, "web one"));
    assert_true(strlist_has(&f.uuids, "3b5e1c3a-0000-4000-8000-000000000001"));
    /* what is being destroyed has no name any more */
    assert_int_equal(f.uuids.n, 2);
    assert_true(strlist_has(&f.dying, "3b5e1c3a-0000-4000-8000-000000000002"));
    assert_true(strlist_has(&f.networks, "xenbr0"));
    assert_int_equal(f.pv_max.n, 2);
    assert_int_equal(f.hvm_max.n, 3);
    assert_int_equal(f.hvm_max.word[2], 0x2fd3fbff);
    assert_true(strlist_has(&f.missing, "/vm/a b"));
    target_dispose(&f);
    assert_int_equal(target_parse(&f, "@none\n", &err), 0);
    assert_int_equal(f.kind, TARGET_NOTHING);
    target_dispose(&f);
    assert_int_equal(target_parse(&f, "", &err), 0);
    assert_int_equal(f.kind, TARGET_UNKNOWN);
    assert_int_equal(f.free_mib, -1);
    target_dispose(&f);
}

static void test_hostile_lines(void **state)
{
    static const char *const rows[] = {
        "@info \n@info :\n@info xen_major\n@info xen_major :\n",
        "@info xen_major : -4\n@info free_memory : 99999999999999999999\n",
        "@info host : \033]0;title\007\n",
        "@vm \n@vm 3b5e1c3a-0000-4000-8000-000000000001\n@vm x y z\n",
        "@cpuid PV Max \n@cpuid PV Max :::\n@cpuid HVM Max zz\n",
        ("@cpuid PV Max 1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:"
         "1:1:1:1:1:1:1:1:1:1:1\n"),
        "@missing \033[2J\n@vendor \033[31mAuthenticAMDAuthenticAMDAuthenti\n",
        "@",
        "@net",
        "\n\n\n",
        "\377\376@xl\n",
    };
    struct target_host f;
    struct msg err;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(target_parse(&f, rows[i], &err), 0);
        assert_null(strpbrk(f.name, "\033\007"));
        assert_null(strchr(f.vendor, '\033'));
        for (size_t k = 0; k < f.missing.n; k++)
            assert_null(strchr(f.missing.s[k], '\033'));
        assert_int_equal(f.pv_max.n, 0);
        target_dispose(&f);
    }
}

/* A line longer than any is cut, not followed beyond its end. */
static void test_long_line(void **state)
{
    size_t len = 1 << 20;
    char *text = malloc(len + 1);
    struct msg err;
    struct target_host f;

    memset(text, 'x', len);
    memcpy(text, "@net ", 5);
    memcpy(text + len - 8, "\n@xl\nabc", 8);
    text[len] = '\0';
    assert_int_equal(target_parse(&f, text, &err), 0);
    assert_int_equal(f.kind, TARGET_XL);
    assert_in_range(strlen(f.networks.s[0]), 900, 1024);
    target_dispose(&f);
    free(text);
}

/* --- the script in a real shell ------------------------------------------------------- */

static char dir[] = "/tmp/test_target.XXXXXX";

static void install(const char *name, const char *text)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", text);
    fclose(f);
    chmod(path, 0755);
}

static void uninstall(const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    unlink(path);
}

static const char fake_xl[] =
    "case $1 in\n"
    "info) echo 'host : fake'; echo 'xen_major : 4'; echo 'xen_minor : 19'\n"
    "      echo 'free_memory : 77';;\n"
    "cpupool-list) echo 'Pool-0  4  credit2  y  3';;\n"
    "vm-list) echo 'UUID  ID  name'\n"
    "  echo '3b5e1c3a-0000-4000-8000-000000000001  3  other';;\n"
    "*) shift $#; printf 'xl migration receiver ready, '\n"
    "   echo 'send binary domain data.';;\n"
    "esac";

static int setup(void **state)
{
    if (!mkdtemp(dir))
        return -1;
    install("xl", fake_xl);
    install("xen-cpuid",
            "echo 'Dynamic sets:'; echo 'HVM Max     00000001:00000002'");
    return 0;
}

static int teardown(void **state)
{
    uninstall("xl");
    uninstall("rackhop");
    uninstall("xen-cpuid");
    return rmdir(dir);
}

/* What the target host's shell prints for the question, banner and all. */
static const char *answer(const struct target_question *q)
{
    static char out[1 << 17];
    char *script = target_script(q), *rune, *path = strdup(getenv("PATH"));
    char with[4096];
    struct child p;
    size_t len = 0;
    ssize_t n;

    assert_non_null(script);
    /* an ssh that hands its last argument to a shell, as sshd does */
    rune = ssh_command("sh -c 'exec sh -c \"$1\"'", "host", script);
    assert_non_null(rune);
    snprintf(with, sizeof with, "%s:%s", dir, path);
    setenv("PATH", with, 1);
    assert_int_equal(ssh_start(&p, rune), 0);
    setenv("PATH", path, 1);
    while ((n = read(p.from, out + len, sizeof out - 1 - len)) > 0)
        len += (size_t)n;
    out[len] = '\0';
    child_end(&p, 60000);
    free(script);
    free(rune);
    free(path);
    return out;
}

static void test_script_xl(void **state)
{
    static const char *const paths[] = { "/nonexistent/a b'c",
                                         "/nonexistent/$(touch /tmp/pwned)",
                                         "/proc/self" };
    struct target_question q = { .paths = paths,
                                 .n_paths = 3,
                                 .xl_only = true };
    const char *text = answer(&q), *at;
    struct target_host f;
    char *greeting;
    struct msg err;

    at = strstr(text, BANNER);
    assert_non_null(at);
    assert_int_equal(at[sizeof BANNER - 1], '\0');
    greeting = strndup(text, (size_t)(at - text));
    assert_int_equal(target_parse(&f, greeting, &err), 0);
    free(greeting);
    assert_int_equal(f.kind, TARGET_XL);
    assert_string_equal(f.name, "fake");
    assert_int_equal(f.xen_minor, 19);
    assert_int_equal(f.free_mib, 77);
    assert_true(strlist_has(&f.names, "other"));
    assert_int_equal(f.hvm_max.n, 2);
    assert_non_null(xlx_pools_find(&f.pools, "Pool-0"));
    assert_int_equal(f.missing.n, 2);
    assert_string_equal(f.missing.s[0], paths[0]);
    assert_string_equal(f.missing.s[1], paths[1]);
    target_dispose(&f);
}

static void test_script_options(void **state)
{
    struct target_question q = { .xl_only = true,
                                 .no_watch = true,
                                 .debug = true,
                                 .paused = true,
                                 .verbose = 2 };

    install("xl", "case $1 in info|*-list) ;; *) echo \"got: $*\";; esac");
    assert_non_null(strstr(answer(&q), "got: -vv migrate-receive -e -d -p\n"));
    q = (struct target_question){ .xl_only = true };
    assert_non_null(strstr(answer(&q), "got: migrate-receive\n"));
    q.check_only = true;
    assert_non_null(strstr(answer(&q), "\n" BANNER));
    assert_null(strstr(answer(&q), "got:"));
    install("xl", fake_xl);
}

/* rackhop goes first where it is, and gets each path as one argument. */
static void test_script_rackhop(void **state)
{
    static const char *const paths[] = { "/a b'c", "-n;reboot", "$(id)" };
    struct target_question q = {
        .paths = paths, .n_paths = 3, .no_watch = true, .paused = true
    };

    install("rackhop", "printf '[%s]' \"$@\"");
    assert_string_equal(answer(&q),
                        "[receive][--greet][-e][-p][--path][/a b'c][--path]"
                        "[-n;reboot][--path][$(id)]");
    q.xl_only = true;
    assert_non_null(strstr(answer(&q), "@xl\n"));
    uninstall("rackhop");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_facts_refused),
        cmocka_unit_test(test_facts_odd),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_hostile_lines),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_script_xl),
        cmocka_unit_test(test_script_options),
        cmocka_unit_test(test_script_rackhop),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, setup, teardown);
}
