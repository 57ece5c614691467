using Tierce.Tool.Guest;

namespace Tierce.Tool.Bench.Io;

/// <summary>Debian's <c>fio</c> with the libraries that it is linked with.</summary>
internal static class Fio
{
    private const string Package = "fio";

    /// <summary>The package, and those with libraries that it needs, directly and through others.</summary>
    private static readonly string[] s_packages =
    [
        Package, "libacl1", "libaio1", "libargon2-1", "libblkid1", "libboost-iostreams1.74.0", "libboost-thread1.74.0", "libbz2-1.0", "libc6",
        "libcom-err2", "libcryptsetup12", "libdaxctl1", "libdevmapper1.02.1", "libffi8", "libfmt9", "libgcc-s1", "libgfapi0", "libgfrpc0", "libgfxdr0",
        "libglusterfs0", "libgmp10", "libgnutls30", "libgssapi-krb5-2", "libhogweed6", "libibverbs1", "libicu72", "libidn2-0", "libjson-c5",
        "libk5crypto3", "libkeyutils1", "libkmod2", "libkrb5-3", "libkrb5support0", "liblzma5", "libnbd0", "libndctl6", "libnettle8", "libnl-3-200",
        "libnl-route-3-200", "libnuma1", "libp11-kit0", "libpcre2-8-0", "libpmem1", "libpmemblk1", "librados2", "librbd1", "librdmacm1", "libselinux1",
        "libssl3", "libstdc++6", "libtasn1-6", "libtirpc3", "libudev1", "libunistring2", "libuuid1", "libxml2", "libzstd1", "zlib1g",
    ];

    /// <summary>Files for a guest, as RunOptions wants them; the program is <c>/tierce/fio</c>.</summary>
    public static IEnumerable<string> Files()
    {
        string root = DebianTree.Unpacked(Package, s_packages, DebianTree.KeepLinksInside);
        string program = Path.Combine(root, "usr", "bin", Package);
        return [$"{program}:/tierce/{Package}", .. SharedLibraries.Of(root, 64, [program]).Select(file => $"{file.Host}:{file.Guest}")];
    }

    /// <summary>Version of the package.</summary>
    public static string Version() => AptSource.Knowing(Package).Version(Package);
}
