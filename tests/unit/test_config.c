/* SPDX-License-Identifier: LGPL-2.1-only */
/* Settings: each one read, shown and read again, and what is refused. */
#include "tools/config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/base/msg.h"
#include "tests/lib/tmpdir.h"

static char path[] = "/tmp/test_config.XXXXXX";

static void write_file(const char *text, size_t len)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    fclose(f);
}

static int setup(void **state)
{
    int fd = mkstemp(path);

    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    return unlink(path);
}

static void loads(struct config *c, const char *text)
{
    struct msg err = MSG_NONE;

    write_file(text, strlen(text));
    config_init(c);
    if (config_load(c, path, true, &err))
        fail_msg("%s", err.text);
}

static void refused(const char *text, const char *why)
{
    struct config c;
    struct msg err = MSG_NONE;
    int rc;

    write_file(text, strlen(text));
    config_init(&c);
    rc = config_load(&c, path, true, &err);
    config_dispose(&c);
    if (rc >= 0)
        fail_msg("\"%s\" is accepted", text);
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
    assert_null(strchr(err.text, '\n'));
}

static const char all[] = "# a comment\n"
                          "hosts = [ \"r1h1=10.0.0.1\", \"r1h2\" ]\n"
                          "switches = [ \"tor1=snmp:public@10.0.1.1\",\n"
                          "  \"tor2=ssh:admin@10.0.1.2\" ] # more\n"
                          "racks = [\"a=r1h1,r1h2\"]\n"
                          "apart = [ \"web=web1,web2\", \"db=db1,db2\" ]\n"
                          "apart_racks = [ \"q=tag:db\" ]\n"
                          "only = [ \"db1=r1h1,rack:tor1\" ]\n"
                          "pinned = [ \"db2\", \"tag:hw\" ]\n"
                          "tags = [ \"db=db1,db2\" ]\n"
                          "together = [ \"shop=web1,db1\" ]\n"
                          "pci_class = [ \"n=8086:1889@tor1\", \"v=vif:1\" "
                          "]\n"
                          "pci_moves = \"on\"\n"
                          "topology_plan = \"/etc/rackhop/rack.dot\"\n"
                          "ssh_command = 'ssh -o \"A b\" -i C:\\\\x'\n"
                          "alpha = \"2.5\"\n"
                          "beta = 0\n"
                          "downtime_ms = 50\n"
                          "overcommit = \"1.5\"\n"
                          "streams = 10\n"
                          "host_streams = 2\n"
                          "link_streams = 1\n";

static void check_all(const struct config *c)
{
    assert_int_equal(c->hosts.n, 2);
    assert_string_equal(c->hosts.row[0].name, "r1h1");
    assert_string_equal(c->hosts.row[0].address, "10.0.0.1");
    assert_string_equal(c->hosts.row[1].name, "r1h2");
    assert_string_equal(c->hosts.row[1].address, "r1h2");
    assert_ptr_equal(host_rows_find(&c->hosts, "r1h2"), &c->hosts.row[1]);
    assert_null(host_rows_find(&c->hosts, "r1h"));
    assert_int_equal(c->switches.n, 2);
    assert_string_equal(c->switches.row[1].name, "tor2");
    assert_string_equal(c->switches.row[1].how, "ssh:admin@10.0.1.2");
    assert_int_equal(c->racks.n, 1);
    assert_int_equal(c->apart.n, 2);
    assert_string_equal(c->apart.row[1].name, "db");
    assert_int_equal(c->apart.row[1].members.n, 2);
    assert_string_equal(c->apart.row[1].members.s[1], "db2");
    assert_string_equal(c->apart_racks.row[0].members.s[0], "tag:db");
    assert_string_equal(c->only.row[0].name, "db1");
    assert_string_equal(c->only.row[0].members.s[1], "rack:tor1");
    assert_int_equal(c->pinned.n, 2);
    assert_string_equal(c->pinned.s[1], "tag:hw");
    assert_string_equal(c->tags.row[0].members.s[1], "db2");
    assert_int_equal(c->together.n, 1);
    assert_int_equal(c->pci_class.n, 2);
    assert_string_equal(c->pci_class.row[0].where, "tor1");
    assert_string_equal(c->pci_moves, "on");
    assert_string_equal(c->topology_plan, "/etc/rackhop/rack.dot");
    assert_string_equal(c->ssh_command, "ssh -o \"A b\" -i C:\\x");
    assert_true(c->alpha == 2.5 && c->beta == 0 && c->overcommit == 1.5);
    assert_int_equal(c->downtime_ms, 50);
    assert_int_equal(c->streams, 10);
    assert_int_equal(c->host_streams, 2);
    assert_int_equal(c->link_streams, 1);
}

static char *shown(const struct config *c)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    config_show(c, true, f);
    fclose(f);
    return text;
}

/* Of each pause a part is not for memory. */
static void test_pause(void **state)
{
    struct config c;

    refused("migration_network = \"10.1.0.0\"\n", "migration_network takes");
    refused("wire_ports = \"41063-41000\"\n", "wire_ports takes ports");
    refused("wire = \"on\"\n", "wire takes one of");
    refused("lanes = 9\n", "lanes");
    refused("lanes = -1\n", "lanes");
    refused("wire_pki = \"yes\"\n", "wire_pki takes one of off|on|require");
    refused("wire_pki = \"on\"\n", "wire_pki = \"on\" needs wire_pki_hosts");
    refused("wire_pki_hosts = [ \"*.a\",\n\"CN=b\" ]\n",
            ":2: wire_pki_hosts takes a host's name, maybe with *, or an "
            "address, not CN=b");
    refused("wire_pki_hosts = [ \"10.1.0.*\" ]\n", "address, not 10.1.0.*");
    refused("wire_pki_hosts = [ \"fd00::*\" ]\n", "address, not fd00::*");
    refused("wire_pki_hosts = [ \"\" ]\n", "wire_pki_hosts takes");
    refused("wire_pki = \"require\"\nwire_pki_hosts = [ \"*.a\" ]\n"
            "wire = \"off\"\n",
            "leave no way");
    refused("wire_pki_dir = \"pki\"\n", "takes an absolute path, not pki");
    refused("max_pause_ms = 40\n", "max_pause_ms = 40");
    refused("max_pause_ms = 500\noverhead_ms = 600\n", "overhead_ms = 600");
    loads(&c, "max_pause_ms = 41\n");
    config_dispose(&c);
    loads(&c, "max_pause_ms = 0\noverhead_ms = 600\n");
    config_dispose(&c);
}

static void test_all(void **state)
{
    struct config c;
    char *text, *again;

    loads(&c, all);
    check_all(&c);
    /* what is shown reads as the same */
    text = shown(&c);
    config_dispose(&c);
    loads(&c, text);
    check_all(&c);
    again = shown(&c);
    assert_string_equal(again, text);
    config_dispose(&c);
    free(text);
    free(again);
}

static void test_defaults(void **state)
{
    struct config c;
    char *text;
    struct msg err;

    config_init(&c);
    assert_int_equal(c.hosts.n, 0);
    assert_null(c.topology_plan);
    assert_string_equal(c.ssh_command, "ssh");
    assert_true(c.alpha == 1 && c.beta == 1 && c.overcommit == 4);
    assert_int_equal(c.downtime_ms, 300);
    assert_int_equal(c.streams, 64);
    /* shown and read they are the same */
    text = shown(&c);
    config_dispose(&c);
    loads(&c, text);
    assert_string_equal(c.ssh_command, "ssh");
    assert_int_equal(c.hosts.n, 0);
    assert_null(c.topology_plan);
    free(text);
    config_dispose(&c);
    config_dispose(&c);
    /* no file is none of our business, unless it was asked for */
    config_init(&c);
    assert_int_equal(config_load(&c, "/nonexistent/x.conf", false, &err), 0);
    assert_int_equal(config_load(&c, "/nonexistent/x.conf", true, &err),
                     -ENOENT);
    assert_string_equal(err.text,
                        "/nonexistent/x.conf: No such file or directory");
    assert_true(config_load(&c, "/", true, &err) < 0);
    config_dispose(&c);
    loads(&c, "");
    config_dispose(&c);
}

static void test_refused(void **state)
{
    refused("downtime = 5\n", ":1: there is no setting downtime");
    refused("alpha = 1\n\nalhpa = 1\n", ":3: there is no setting alhpa");
    refused("hosts = [ \"a\",\n \"b\" ]\nbetta=1\n",
            ":3: there is no setting");
    refused("  downtme_ms = 5\n", "there is no setting downtme_ms");
    refused("alpha=1; downtme_ms=5\n", "there is no setting downtme_ms");
    refused("hosts = [ \"a]\" ]\nfoo = 1\n", "there is no setting foo");
    refused("hosts = [ \"a#\" ]\nfoo = 1\n", "there is no setting foo");
    refused("hosts = [ 'a', # ]\n 'b' ]; foo=1\n", ":2: there is no setting");
    refused("alpha += 1\nfoo += 2\n", "there is no setting foo");
    refused("downtime_ms = 0\n", "a whole number from 1 to 600000, not 0");
    /* what is quoted of it is fit for a terminal */
    refused("alpha = \"a\\nb\033c\"\n", "not a?b?c");
    refused("downtime_ms = 600001\n", "from 1 to 600000");
    refused("downtime_ms = \"1.5\"\n", "a whole number");
    refused("downtime_ms = \"5 s\"\n", "not 5 s");
    refused("downtime_ms = \"\"\n", "a whole number");
    refused("downtime_ms = \"nan\"\n", "a whole number");
    refused("alpha = \"inf\"\n", "a number from 0 to");
    refused("alpha = \"-1\"\n", "a number from 0 to");
    refused("overcommit = 0\n", "overcommit takes a number from 0.01");
    refused("alpha = [ \"1\" ]\n", "alpha takes one value");
    refused("ssh_command = [ \"ssh\" ]\n", "ssh_command takes one value");
    refused("hosts = \"r1h1\"\n", "hosts takes a list of strings");
    refused("hosts = [ [ \"a\" ] ]\n", "hosts takes a list of strings");
    refused("hosts = [ \"\" ]\n", "hosts takes NAME=ADDRESS, not ");
    refused("hosts = [ \"=10.0.0.1\" ]\n", "not =10.0.0.1");
    refused("hosts = [ 'a',\n 'b=-oProxyCommand=x' ]\n",
            ":2: hosts takes NAME=ADDRESS, not b=-oProxyCommand=x");
    refused("hosts = [ '-a=10.0.0.1' ]\n", "not -a=10.0.0.1");
    refused("switches = [ \"=ssh:a\" ]\n", "switches takes NAME=");
    refused("racks = [ \"r1\" ]\n", "racks takes NAME=HOST,HOST, not r1");
    refused("racks = [ \"r1=,\" ]\n", "racks takes NAME=HOST,HOST");
    refused("only = [ \"web1\" ]\n",
            ": only takes GUEST=HOST,rack:NAME, not web1");
    refused("tags = [ \"web1,web2\" ]\n",
            ": tags takes TAG=GUEST,GUEST, not web1,web2");
    refused("pci_class = [ \"n=8086:1889\",\n \"n=8086:188\" ]\n",
            ":2: pci_class takes NAME=VENDOR:DEVICE@WHERE, "
            "NAME=card:VENDOR:DEVICE or NAME=vif:NUMBER, not n=8086:188");
    refused("\npci_class = [ \"n=8086:1889\",\n\"n=vif:1\" ]\n",
            ":3: pci_class has n twice");
    refused("pci_moves = \"yes\"\n", "pci_moves takes one of off|on");
    refused("pinned = [ \"\" ]\n", ": pinned takes GUEST, not ");
    refused("threshold = 101\n",
            ": threshold takes a number from 0 to 100, not 101");
    refused("apart = [ \"a=b\", \"web1,web2\" ]\n",
            ": apart takes GROUP=GUEST,GUEST, not web1,web2");
    refused("together = [ \"=web1\" ]\n", "together takes GROUP=");
    refused("hosts = [ \"a\"\n", "");
    refused("alpha =\n", "");
    refused("= 5\n", "");
    refused("alpha 5\n", "");
}

/* Numbers as people write them, which libxlutil does not know. */
static void test_numbers(void **state)
{
    struct config c;

    loads(&c, "alpha = 0.5\nbeta=.25 # less\nworth = 1e3; overcommit = +2.\n"
              "ssh_command = \"ssh -o a=0.5\"\nthreshold=7.5");
    assert_true(c.alpha == 0.5 && c.beta == 0.25 && c.worth == 1000);
    assert_true(c.overcommit == 2 && c.threshold == 7.5);
    assert_string_equal(c.ssh_command, "ssh -o a=0.5");
    config_dispose(&c);
    loads(&c,
          "pinned = [ 'a', # alpha = 0.5\n 'alpha = 0.5' ]\nstreams = 9\n");
    assert_string_equal(c.pinned.s[1], "alpha = 0.5");
    assert_true(c.alpha == 1 && c.streams == 9);
    config_dispose(&c);
    refused("alpha = -1\n",
            ":1: alpha takes a number from 0 to 1000000, not -1");
    refused("\nalpha = 1.5.2\n", ":2: alpha takes a number");
    refused("alpha = 1.5x\n", ":1: ");
    refused("streams = 2.5\n", ":1: streams takes a whole number");
    refused("alpha = 0.5 0.5\n", ":1: ");
}

/* Each is told of with its line. */
static void test_lines(void **state)
{
    struct config c;

    refused("hosts = [ \"a=1\",\n # \"no\"\n 'b=2', \"a=3\",\n \"c\" ]\n",
            ":3: hosts has a twice");
    refused("alpha = 1\n\nswitches = [ \"t=ssh:a\",\n\"t=ssh:b\" ]\n",
            ":4: switches has t twice");
    refused("streams = 5\nhosts = [ \"a\" ]\nstreams = 6\n",
            ":3: streams was set in line 1 already");
    refused("switches = [ \"t=snmpp:public@1.2.3.4\" ]\n",
            ":1: switches: t is to be asked by snmp:, snmp3:, ssh: or file:, "
            "not snmpp:; did you mean snmp:?");
    refused("switches = [ \"t\" ]\n", "not t");
    refused("switches = [ \"t=snmp:public\" ]\n", "it takes ..@ADDRESS");
    refused("switches = [ \"t=snmp3:a:b@\" ]\n", "it takes ..@ADDRESS");
    refused("switches = [ \"t=ssh:\" ]\n", "it takes [USER@]ADDRESS");
    refused("downtime = 5\n", "did you mean downtime_ms?");
    loads(&c, "hosts = [ 'a' ]\nhosts += [ 'b' ]\n");
    assert_int_equal(c.hosts.n, 2);
    config_dispose(&c);
}

/* The same files, for a command that must not stop: what is last counts. */
static void test_lenient(void **state)
{
    static const char text[] = "streams = 5\nhosts = [ 'a=1', 'b',\n 'a=3' ]\n"
                               "streams = 6\nswitches = [ 't=snmpp:x' ]\n";
    static const char *const note[] = {
        ":4: streams was set in line 1 already",
        ":3: hosts has a twice",
        ":5: switches: t is to be asked by ",
    };
    struct config c;
    struct msg err;

    write_file(text, sizeof text - 1);
    config_init(&c);
    c.lenient = true;
    assert_int_equal(config_load(&c, path, true, &err), 0);
    assert_int_equal(c.streams, 6);
    assert_int_equal(c.hosts.n, 3);
    assert_int_equal(c.switches.n, 1);
    assert_int_equal(c.notes.n, 3);
    for (size_t i = 0; i < 3; i++)
        assert_non_null(strstr(c.notes.s[i], note[i]));
    config_dispose(&c);
    /* a host that cannot be is left out */
    write_file("hosts = [ 'a', '-b' ]\n", 22);
    config_init(&c);
    c.lenient = true;
    assert_int_equal(config_load(&c, path, true, &err), 0);
    assert_int_equal(c.hosts.n, 1);
    assert_string_equal(c.notes.s[0], "hosts takes NAME=ADDRESS, not -b");
    config_dispose(&c);
    /* what cannot be read stops all */
    write_file("streams = x\n", 12);
    config_init(&c);
    c.lenient = true;
    assert_true(config_load(&c, path, true, &err) < 0);
    config_dispose(&c);
}

/* What may be left over, or be known by LLDP alone, stops no command. */
static void test_racks(void **state)
{
    static const char hosts[] = "hosts = [ 'r1h1', 'r1h2', 'db' ]\n"
                                "switches = [ 'tor1=ssh:a' ]\n%s\n";
    static const struct {
        const char *row, *why; /* why NULL: there is no note */
    } cases[] = {
        { "racks = [ 'a=r1h1,db', 'b=tor1' ]", NULL },
        { "racks = [ 'a=leaf1' ]", NULL }, /* LLDP may know it */
        { "racks = [ 'a=r1s1' ]", NULL },
        { "racks = [ 'a=tor1',\n 'b=r1h3' ]",
          ":4: racks: b has r1h3, which is none of `hosts`; did you mean "
          "r1h" },
        { "racks = [ 'a=r1h1,bd' ]", "a has bd, which is none of `hosts`; did "
                                     "you mean db?" },
        { "racks = [ 'a=r22h1' ]", "a has r22h1" },
    };
    struct config c;
    char text[300];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(text, sizeof text, hosts, cases[i].row);
        loads(&c, text);
        assert_int_equal(c.notes.n, cases[i].why != NULL);
        if (cases[i].why)
            assert_non_null(strstr(c.notes.s[0], cases[i].why));
        config_dispose(&c);
    }
}

static void put_file(const char *dir, const char *name, const char *text)
{
    char file[300];
    FILE *f;

    snprintf(file, sizeof file, "%s/%s", dir, name);
    f = fopen(file, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* Loads DIR/main; *err is empty when it could. */
static void load_main(struct config *c, const char *dir, struct msg *err)
{
    char file[300];

    snprintf(file, sizeof file, "%s/main", dir);
    config_init(c);
    if (!config_load(c, file, true, err))
        *err->text = '\0';
}

static void test_files(void **state)
{
    char *dir = tmpdir_make("conf");
    struct config c;
    struct msg err;

    put_file(dir, "hosts", "# ours\nh1 10.0.0.1\n\nh2=10.0.0.2 # x\n h3\n");
    put_file(dir, "site", "alpha = 3\nbeta = 0.5\nhosts = [ 'x' ]\n");
    put_file(dir, "main",
             "alpha = 4\ninclude = [ 'site' ]\n"
             "hosts = [ 'h0' ]\nhosts_file = 'hosts'\n");
    load_main(&c, dir, &err);
    assert_string_equal(err.text, "");
    assert_true(c.alpha == 4 && c.beta == 0.5);
    assert_int_equal(c.hosts.n, 4);
    assert_string_equal(c.hosts.row[0].name, "h0");
    assert_string_equal(c.hosts.row[2].address, "10.0.0.2");
    assert_string_equal(c.hosts.row[3].address, "h3");
    assert_int_equal(c.files.n, 3);
    config_dispose(&c);

    put_file(dir, "site", "\nalhpa = 3\n");
    load_main(&c, dir, &err);
    assert_non_null(strstr(err.text, "/site:2: there is no setting alhpa"));
    config_dispose(&c);
    put_file(dir, "site", "include = [ 'main' ]\n");
    load_main(&c, dir, &err);
    assert_non_null(strstr(err.text, "goes too deep, or in a circle"));
    config_dispose(&c);
    put_file(dir, "site", "alpha = 1\ninclude = [ 'gone' ]\n");
    load_main(&c, dir, &err);
    assert_non_null(strstr(err.text, "/site:2: include: "));
    assert_non_null(strstr(err.text, "/gone: No such file"));
    config_dispose(&c);
    put_file(dir, "site", "");
    put_file(dir, "hosts", "h1 a\nh2 b c\n");
    load_main(&c, dir, &err);
    assert_non_null(strstr(err.text, "/hosts:2: a line has NAME and ADDRESS"));
    config_dispose(&c);
    put_file(dir, "hosts", "h-1_b.x a\nroot:$6$s3cret:19000:0:::\n");
    load_main(&c, dir, &err);
    assert_non_null(strstr(err.text, "/hosts:2: the name of a host has "));
    assert_null(strstr(err.text, "s3cret"));
    config_dispose(&c);
    put_file(dir, "hosts", "h1 -a\n");
    load_main(&c, dir, &err);
    assert_non_null(strstr(err.text, "of which neither begins with"));
    config_dispose(&c);
    put_file(dir, "hosts", "h1 a\nh0 b\n");
    load_main(&c, dir, &err);
    assert_non_null(strstr(err.text, "/hosts:2: hosts has h0 twice"));
    config_dispose(&c);
    tmpdir_remove(dir);
}

/* Of files of which this user may read one alone, nothing is in force. */
static void test_unreadable(void **state)
{
    char *dir = tmpdir_make("conf"), file[300];
    bool root = geteuid() == 0;
    struct config c;
    struct msg err;

    put_file(dir, "site", "alpha = 3\nhosts = [ 'x' ]\n");
    put_file(dir, "closed", "beta = 3\n");
    put_file(dir, "main", "include = [ 'site', 'closed' ]\n");
    snprintf(file, sizeof file, "%s/closed", dir);
    assert_int_equal(chmod(file, 0), 0);
    assert_int_equal(chmod(dir, 0755), 0);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    load_main(&c, dir, &err);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_non_null(strstr(err.text, "/closed: Permission denied"));
    assert_true(c.alpha == 1);
    assert_int_equal(c.hosts.n, 0);
    assert_int_equal(c.files.n, 0);
    config_dispose(&c);
    tmpdir_remove(dir);
}

static void test_bytes(void **state)
{
    static const char nul[] = "alpha = 2\n\0beta = 3\n";
    struct config c;
    char *big;
    struct msg err;
    size_t len = (1 << 20) + 100;

    write_file(nul, sizeof nul - 1);
    config_init(&c);
    assert_true(config_load(&c, path, true, &err) < 0);
    config_dispose(&c);
    /* more than is read is not read in part */
    big = malloc(len);
    memset(big, '#', len);
    memcpy(big + len - 12, "\nalpha = 9\n\n", 12);
    write_file(big, len);
    free(big);
    config_init(&c);
    assert_true(config_load(&c, path, true, &err) < 0);
    assert_non_null(strstr(err.text, "larger than 1 MiB"));
    config_dispose(&c);
}

/* Whether the host that answers is another one of the configuration. */
static void test_who_is_who(void **state)
{
    static const struct {
        const char *asked, *node, *other;
    } row[] = {
        { "h1", "h1", NULL },         { "h1", "h2", "h2" },
        { "h1", "h1.example", NULL }, { "h1", "H2.example", "h2" },
        { "h1", "xen-07", NULL },     { "h1", "", NULL },
        { "h3.a", "h3.b", NULL },     { "h3.a", "h3", NULL },
        { "10.0.0.1", "h1", NULL }, /* no name that could be mistaken */
    };
    static const char *const host[] = { "h1=10.0.0.1", "h2=10.0.0.2",
                                        "h3.a=10.0.0.3" };
    struct host_rows rows = { .row = NULL };

    for (size_t i = 0; i < sizeof host / sizeof *host; i++)
        assert_int_equal(host_rows_add(&rows, host[i]), 0);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const char *other = host_rows_other(&rows, row[i].asked, row[i].node);

        if (!row[i].other)
            assert_null(other);
        else
            assert_string_equal(other, row[i].other);
    }
    host_rows_dispose(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pause),    cmocka_unit_test(test_all),
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_numbers),  cmocka_unit_test(test_lines),
        cmocka_unit_test(test_racks),    cmocka_unit_test(test_files),
        cmocka_unit_test(test_bytes),    cmocka_unit_test(test_who_is_who),
        cmocka_unit_test(test_lenient),  cmocka_unit_test(test_unreadable),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
