/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a configuration needs of a host: which files, which drives. */
#include "libxl-ext/needs_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void begin(libxl_domain_config *c, libxl_domain_type type)
{
    libxl_domain_config_init(c);
    libxl_domain_build_info_init_type(&c->b_info, type);
}

static const struct xlx_file *file_of(const struct xlx_needs *n,
                                      const char *key)
{
    for (size_t i = 0; i < n->n_files; i++)
        if (!strcmp(n->files[i].key, key))
            return &n->files[i];
    return NULL;
}

static void test_start(void **state)
{
    libxl_domain_config c;
    struct xlx_needs n = { .n_files = 0 };

    begin(&c, LIBXL_DOMAIN_TYPE_PVH);
    c.b_info.kernel = strdup("/boot/vmlinuz");
    c.b_info.ramdisk = strdup("/boot/initrd");
    c.b_info.bootloader = strdup("pygrub"); /* Xen's own: no path */
    c.b_info.u.pvh.pvshim_path = strdup("/boot/shim");
    assert_int_equal(xlx_needs_read(&n, &c), 0);
    assert_int_equal(n.n_files, 3);
    assert_string_equal(file_of(&n, "kernel=")->path, "/boot/vmlinuz");
    assert_int_equal(file_of(&n, "ramdisk=")->use, XLX_FILE_START);
    assert_non_null(file_of(&n, "pvshim_path="));
    assert_true(xlx_needs_file(&n, "/boot/initrd"));
    assert_false(xlx_needs_file(&n, "/boot"));
    xlx_needs_dispose(&n);
    xlx_needs_dispose(&n);
    assert_int_equal(n.n_files, 0);
    libxl_domain_config_dispose(&c);
}

static void test_model(void **state)
{
    libxl_domain_config c;
    struct xlx_needs n = { .n_files = 0 };

    begin(&c, LIBXL_DOMAIN_TYPE_HVM);
    c.b_info.device_model = strdup("/opt/qemu");
    c.b_info.bootloader = strdup("/opt/boot");
    c.b_info.u.hvm.system_firmware = strdup("/opt/ovmf");
    c.b_info.u.hvm.acpi_firmware = strdup("/opt/ovmf"); /* once is enough */
    assert_int_equal(xlx_needs_read(&n, &c), 0);
    assert_int_equal(n.n_files, 3);
    assert_int_equal(file_of(&n, "device_model_override=")->use,
                     XLX_FILE_BUILD);
    assert_int_equal(file_of(&n, "bios_path_override=")->use, XLX_FILE_START);
    assert_int_equal(file_of(&n, "bootloader=")->use, XLX_FILE_START);
    xlx_needs_dispose(&n);
    libxl_domain_config_dispose(&c);
}

static libxl_device_disk *add_disk(libxl_domain_config *c, const char *path,
                                   const char *vdev)
{
    libxl_device_disk *k;

    c->disks = realloc(c->disks, sizeof *k * (size_t)(c->num_disks + 1));
    k = &c->disks[c->num_disks++];
    libxl_device_disk_init(k);
    k->pdev_path = strdup(path);
    k->vdev = strdup(vdev);
    return k;
}

static void test_devices(void **state)
{
    libxl_domain_config c;
    struct xlx_needs n = { .n_files = 0 };
    libxl_device_disk *k;

    begin(&c, LIBXL_DOMAIN_TYPE_PVH);
    add_disk(&c, "drbd:web1", "xvdb")->script = strdup("/lab/block-x");
    add_disk(&c, "x", "xvdc")->script = strdup("block-drbd");
    k = add_disk(&c, "x", "xvdd"); /* not run on this host */
    k->script = strdup("/lab/far");
    k->backend_domname = strdup("storage");
    k = add_disk(&c, "/iso/a.iso", "hdc");
    k->is_cdrom = true;
    k->format = LIBXL_DISK_FORMAT_RAW;
    k = add_disk(&c, "", "hdd");
    k->is_cdrom = true;
    k->format = LIBXL_DISK_FORMAT_EMPTY;
    c.nics = calloc(1, sizeof *c.nics);
    c.num_nics = 1;
    libxl_device_nic_init(&c.nics[0]);
    c.nics[0].script = strdup("vif-route");
    assert_int_equal(xlx_needs_read(&n, &c), 0);
    assert_int_equal(n.n_files, 3);
    assert_string_equal(n.files[0].path, "/etc/xen/scripts/vif-route");
    assert_string_equal(n.files[1].path, "/lab/block-x");
    assert_string_equal(n.files[2].path, "/etc/xen/scripts/block-drbd");
    assert_int_equal(n.files[2].use, XLX_FILE_SCRIPT);
    assert_int_equal(n.n_drives, 1);
    assert_string_equal(n.drives[0].vdev, "hdc");
    assert_string_equal(n.drives[0].path, "/iso/a.iso");
    xlx_needs_dispose(&n);
    /* udev runs them */
    libxl_defbool_set(&c.c_info.run_hotplug_scripts, false);
    assert_int_equal(xlx_needs_read(&n, &c), 0);
    assert_int_equal(n.n_files, 0);
    xlx_needs_dispose(&n);
    libxl_domain_config_dispose(&c);
}

/* Devices whose state, or whose other half, stays behind. */
static void test_bound(void **state)
{
    libxl_domain_config c;

    begin(&c, LIBXL_DOMAIN_TYPE_HVM);
    assert_int_equal(xlx_needs_bound(&c), 0);
    c.num_vtpms = c.num_p9s = c.num_usbctrls = c.num_pvcallsifs = 1;
    assert_int_equal(xlx_needs_bound(&c), XLX_BOUND_VTPM | XLX_BOUND_9PFS |
                                              XLX_BOUND_USBCTRL |
                                              XLX_BOUND_PVCALLS);
    c.num_vtpms = c.num_p9s = c.num_usbctrls = c.num_pvcallsifs = 0;
    c.num_dtdevs = c.num_vdispls = c.num_vsnds = c.b_info.num_irqs = 1;
    assert_int_equal(xlx_needs_bound(&c), XLX_BOUND_DTDEV | XLX_BOUND_VDISPL |
                                              XLX_BOUND_VSND | XLX_BOUND_IO);
    c.num_dtdevs = c.num_vdispls = c.num_vsnds = c.b_info.num_irqs = 0;
    libxl_defbool_set(&c.b_info.disable_migrate, true);
    c.b_info.u.hvm.usbdevice_list = calloc(3, sizeof(char *));
    c.b_info.u.hvm.usbdevice_list[0] = strdup("tablet");
    assert_int_equal(xlx_needs_bound(&c), XLX_BOUND_NOMIGRATE);
    c.b_info.u.hvm.usbdevice_list[1] = strdup("host:1.2");
    assert_int_equal(xlx_needs_bound(&c),
                     XLX_BOUND_NOMIGRATE | XLX_BOUND_USBHOST);
    c.b_info.u.hvm.usbdevice = strdup("host:1.3");
    libxl_defbool_set(&c.b_info.disable_migrate, false);
    assert_int_equal(xlx_needs_bound(&c), XLX_BOUND_USBHOST);
    libxl_domain_config_dispose(&c);
}

/* Where a display listens that is not looked for. */
static void test_displays(void **state)
{
    static const struct {
        const char *listen;
        int display;
        bool search;
        const char *want; /* NULL: none */
    } rows[] = {
        { NULL, 7, false, "127.0.0.1:5907" },
        { "0.0.0.0", 0, false, "0.0.0.0:5900" },
        { "0.0.0.0:3", 7, false, "0.0.0.0:5903" },
        { "[::1]:3", 7, false, "[::1]:5903" },
        { "[::1]", 7, false, "[::1]:5907" },
        { NULL, 7, true, NULL },
        { NULL, -1, false, NULL },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        libxl_domain_config c;
        struct xlx_needs n = { .n_files = 0 };
        libxl_vnc_info *v = &c.b_info.u.hvm.vnc;

        begin(&c, LIBXL_DOMAIN_TYPE_HVM);
        v->listen = rows[i].listen ? strdup(rows[i].listen) : NULL;
        v->display = rows[i].display;
        libxl_defbool_set(&v->findunused, rows[i].search);
        assert_int_equal(xlx_needs_displays(&n, &c), 0);
        assert_int_equal(n.displays.n, rows[i].want ? 1 : 0);
        if (rows[i].want)
            assert_string_equal(n.displays.s[0], rows[i].want);
        xlx_needs_dispose(&n);
        libxl_defbool_set(&v->enable, false);
        assert_int_equal(xlx_needs_displays(&n, &c), 0);
        assert_int_equal(n.displays.n, 0);
        libxl_domain_config_dispose(&c);
    }
}

/* Pool, scheduler and the sets of cpus=, each once. */
static void test_cpus(void **state)
{
    libxl_domain_config c;
    struct xlx_needs n = { .n_files = 0 };
    libxl_bitmap *map;

    begin(&c, LIBXL_DOMAIN_TYPE_PVH);
    assert_int_equal(xlx_needs_cpus(&n, &c), 0);
    assert_string_equal(n.pool, "");
    assert_string_equal(n.sched, "");
    c.c_info.pool_name = strdup("p");
    c.b_info.sched_params.sched = LIBXL_SCHEDULER_CREDIT2;
    c.b_info.num_vcpu_hard_affinity = 3;
    map = c.b_info.vcpu_hard_affinity = calloc(3, sizeof *map);
    for (int i = 0; i < 3; i++) {
        map[i].size = 2;
        map[i].map = calloc(1, 2);
        map[i].map[0] = i == 2 ? 0x0b : 0x01;
    }
    assert_int_equal(xlx_needs_cpus(&n, &c), 0);
    assert_string_equal(n.pool, "p");
    assert_string_equal(n.sched, "credit2");
    assert_int_equal(n.cpus.n, 2);
    assert_string_equal(n.cpus.s[0], "0");
    assert_string_equal(n.cpus.s[1], "0-1,3");
    xlx_needs_dispose(&n);
    libxl_domain_config_dispose(&c);
}

static void test_above(void **state)
{
    libxl_domain_config c;

    begin(&c, LIBXL_DOMAIN_TYPE_PVH);
    assert_int_equal(xlx_needs_above_kib(1 << 20, &c), 0); /* no target */
    c.b_info.target_memkb = 512 << 10;
    assert_int_equal(xlx_needs_above_kib(256 << 10, &c), 0);
    assert_int_equal(xlx_needs_above_kib((512 << 10) + 1024, &c), 0);
    assert_int_equal(xlx_needs_above_kib((513 << 10) + 40, &c), 40);
    libxl_domain_config_dispose(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),    cmocka_unit_test(test_model),
        cmocka_unit_test(test_devices),  cmocka_unit_test(test_bound),
        cmocka_unit_test(test_displays), cmocka_unit_test(test_cpus),
        cmocka_unit_test(test_above),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
