/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Names of the bits of a featureset, in the order that Xen gives them in
 * xen/include/public/arch-x86/cpufeatureset.h, so that a refusal can say
 * "avx512f" where a bit mask would say nothing.
 */
#include "scheduler/scheduler_impl.h"

/* clang-format off */
static const char *const names[] = {
    /* word 0 */
    [0] = "fpu", [1] = "vme", [2] = "de", [3] = "pse", [4] = "tsc",
    [5] = "msr", [6] = "pae", [7] = "mce", [8] = "cx8", [9] = "apic",
    [11] = "sep", [12] = "mtrr", [13] = "pge", [14] = "mca", [15] = "cmov",
    [16] = "pat", [17] = "pse36", [19] = "clflush", [21] = "ds", [22] = "acpi",
    [23] = "mmx", [24] = "fxsr", [25] = "sse", [26] = "sse2", [27] = "ss",
    [28] = "htt", [29] = "tm1", [31] = "pbe",
    /* word 1 */
    [32] = "sse3", [33] = "pclmulqdq", [34] = "dtes64", [35] = "monitor",
    [36] = "dscpl", [37] = "vmx", [38] = "smx", [39] = "eist", [40] = "tm2",
    [41] = "ssse3", [44] = "fma", [45] = "cx16", [46] = "xtpr", [47] = "pdcm",
    [49] = "pcid", [50] = "dca", [51] = "sse4_1", [52] = "sse4_2",
    [53] = "x2apic", [54] = "movbe", [55] = "popcnt", [56] = "tsc_deadline",
    [57] = "aesni", [58] = "xsave", [59] = "osxsave", [60] = "avx",
    [61] = "f16c", [62] = "rdrand", [63] = "hypervisor",
    /* word 2 */
    [75] = "syscall", [84] = "nx", [86] = "mmxext", [89] = "ffxsr",
    [90] = "page1gb", [91] = "rdtscp", [93] = "lm", [94] = "3dnowext",
    [95] = "3dnow",
    /* word 3 */
    [96] = "lahf_lm", [97] = "cmp_legacy", [98] = "svm", [99] = "extapic",
    [100] = "cr8_legacy", [101] = "abm", [102] = "sse4a",
    [103] = "misalignsse", [104] = "3dnowprefetch", [105] = "osvw",
    [106] = "ibs", [107] = "xop", [108] = "skinit", [109] = "wdt",
    [111] = "lwp", [112] = "fma4", [115] = "nodeid_msr", [117] = "tbm",
    [118] = "topoext", [122] = "dbext", [125] = "monitorx",
    /* word 4 */
    [128] = "xsaveopt", [129] = "xsavec", [130] = "xgetbv1", [131] = "xsaves",
    /* word 5 */
    [160] = "fsgsbase", [161] = "tsc_adjust", [162] = "sgx", [163] = "bmi1",
    [164] = "hle", [165] = "avx2", [166] = "fdp_excp_only", [167] = "smep",
    [168] = "bmi2", [169] = "erms", [170] = "invpcid", [171] = "rtm",
    [172] = "pqm", [173] = "no_fpu_sel", [174] = "mpx", [175] = "pqe",
    [176] = "avx512f", [177] = "avx512dq", [178] = "rdseed", [179] = "adx",
    [180] = "smap", [181] = "avx512_ifma", [183] = "clflushopt",
    [184] = "clwb", [185] = "proc_trace", [186] = "avx512pf",
    [187] = "avx512er", [188] = "avx512cd", [189] = "sha", [190] = "avx512bw",
    [191] = "avx512vl",
    /* word 6 */
    [192] = "prefetchwt1", [193] = "avx512_vbmi", [194] = "umip",
    [195] = "pku", [196] = "ospke", [198] = "avx512_vbmi2", [199] = "cet_ss",
    [200] = "gfni", [201] = "vaes", [202] = "vpclmulqdq",
    [203] = "avx512_vnni", [204] = "avx512_bitalg", [206] = "avx512_vpopcntdq",
    [214] = "rdpid", [217] = "cldemote", [219] = "movdiri",
    [220] = "movdir64b", [221] = "enqcmd",
    /* word 7 */
    [231] = "hw_pstate", [232] = "itsc", [233] = "cpb", [234] = "efro",
    /* word 8 */
    [256] = "clzero", [258] = "rstr_fp_err_ptrs", [265] = "wbnoinvd",
    [268] = "ibpb", [270] = "ibrs", [271] = "amd_stibp", [272] = "ibrs_always",
    [273] = "stibp_always", [274] = "ibrs_fast", [275] = "ibrs_same_mode",
    [276] = "no_lmsl", [279] = "amd_ppin", [280] = "amd_ssbd",
    [281] = "virt_ssbd", [282] = "ssb_no", [284] = "psfd", [285] = "btc_no",
    [286] = "ibpb_ret",
    /* word 9 */
    [290] = "avx512_4vnniw", [291] = "avx512_4fmaps", [292] = "fsrm",
    [296] = "avx512_vp2intersect", [297] = "srbds_ctrl", [298] = "md_clear",
    [299] = "rtm_always_abort", [301] = "tsx_force_abort", [302] = "serialize",
    [303] = "hybrid", [304] = "tsxldtrk", [308] = "cet_ibt",
    [311] = "avx512_fp16", [314] = "ibrsb", [315] = "stibp",
    [316] = "l1d_flush", [317] = "arch_caps", [318] = "core_caps",
    [319] = "ssbd",
    /* word 10 */
    [324] = "avx_vnni", [325] = "avx512_bf16", [330] = "fzrm", [331] = "fsrs",
    [332] = "fsrcs",
    /* word 11 */
    [354] = "lfence_dispatch", [357] = "verw_clear", [358] = "nscb",
    [360] = "auto_ibrs", [379] = "sbpb", [380] = "ibpb_brtype",
    [381] = "srso_no", [382] = "srso_us_no", [383] = "srso_msr_fix",
    /* word 12 */
    [384] = "intel_ppin",
    /* word 13 */
    [416] = "intel_psfd", [417] = "ipred_ctrl", [418] = "rrsba_ctrl",
    [420] = "bhi_ctrl", [421] = "mcdt_no",
    /* word 15 */
    [498] = "cet_sss",
    /* word 16 */
    [512] = "rdcl_no", [513] = "eibrs", [514] = "rsba", [515] = "skip_l1dfl",
    [516] = "intel_ssb_no", [517] = "mds_no", [518] = "if_pschange_mc_no",
    [519] = "tsx_ctrl", [520] = "taa_no", [521] = "mcu_ctrl",
    [522] = "misc_pkg_ctrl", [523] = "energy_filtering", [524] = "doitm",
    [525] = "sbdr_ssdp_no", [526] = "fbsdp_no", [527] = "psdp_no",
    [529] = "fb_clear", [530] = "fb_clear_ctrl", [531] = "rrsba",
    [532] = "bhi_no", [533] = "xapic_status", [535] = "ovrclk_status",
    [536] = "pbrsb_no", [537] = "gds_ctrl", [538] = "gds_no",
    [539] = "rfds_no", [540] = "rfds_clear",
    /* word 17 */
    [574] = "its_no",
    /* word 18 */
    [577] = "tsa_sq_no", [578] = "tsa_l1_no",
};
/* clang-format on */

const char *feature_name(uint32_t bit)
{
    return bit < sizeof names / sizeof names[0] ? names[bit] : NULL;
}
