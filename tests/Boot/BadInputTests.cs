namespace Tierce.Boot.Tests;

/// <summary>Wrong input: each kind has its own message, and status 125.</summary>
public sealed class BadInputTests
{
    [Fact]
    public void NotAKernel() => Refused("not a kernel", "--guest", Path.Combine(Launcher.Root, "Tierce.slnx"));

    [Fact]
    public void NoSuchKernel() => Refused("no such file", "--guest", "/nonexistent");

    [Fact]
    public void NoXenNotes() => Refused("no Xen PV notes", "--guest", Launcher.Probe);

    [Fact]
    public void TruncatedImage()
    {
        string whole = Directory.GetFiles(Path.Combine(CacheFolder(), "kernels"), "vmlinuz", SearchOption.AllDirectories)[0];
        string cut = Path.Combine(Launcher.Root, "artifacts", "logs", "truncated-vmlinuz");
        File.WriteAllBytes(cut, File.ReadAllBytes(whole)[..^100_000]);
        Refused("truncated image", "--guest", cut);
    }

    [Fact]
    public void InitramfsLargerThanMemory()
    {
        string large = Path.Combine(Launcher.Root, "artifacts", "logs", "large.cpio");
        File.WriteAllBytes(large, new byte[130 << 20]);
        Refused("initramfs larger than memory", "--initrd", large, "--memory", "128M");
    }

    [Fact]
    public void TooLittleMemory() => Refused("too little memory", "--memory", "32M");

    [Fact]
    public void MemoryThatIsNoAmount() => Refused("--memory lots", "--memory", "lots");

    [Fact]
    public void UnknownOption() => Refused("--frobnicate", "--frobnicate");

    [Fact]
    public void DisksAndSystemsThatMakeNoSense()
    {
        Refused("there is no system 'fedora'", "fedora");
        Refused("--disk-size: only a system has a disk of its own", "--disk-size", "8G");
        Refused("a system runs alone", "debian", "--guests", "2");
        Refused("guest guest1 and guest guest2 would have the same sectors", "--guests", "2", "--disk", Path.Combine(Launcher.Root, "artifacts", "images", "root"));
        Refused("run debian: not with --native or --xen", "debian", "--native");
        Refused("no such file", "--disk", "/nonexistent");
    }

    [Fact]
    public void UnknownManifestKey() => Refused("colour", "--manifest-line", "colour=blue");

    [Fact]
    public void MissingProgram()
    {
        // A PATH with only what the launcher itself needs.
        string folder = Path.Combine(Launcher.Root, "artifacts", "logs", "few-programs");
        Directory.CreateDirectory(folder);
        foreach (string program in new[] { "bash", "dotnet", "find", "sort", "sha256sum", "cat", "dirname", "mkdir", "flock", "gcc", "ld" })
        {
            string link = Path.Combine(folder, program);
            string? target = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(path => Path.Combine(path, program)).FirstOrDefault(File.Exists);
            if (target is not null && !File.Exists(link))
            {
                File.CreateSymbolicLink(link, target);
            }
        }

        Outcome outcome = Launcher.Call(
            string.Empty,
            [],
            environment =>
            {
                environment["PATH"] = folder;
                environment["TIERCE_NO_INSTALL"] = "1";
            },
            Path.Combine(Launcher.Root, "tierce"),
            "run", "--exec", "true").Expect(125);
        Assert.Contains("apt-get install -y --no-install-recommends lz4 qemu-system-x86 util-linux xz-utils zstd", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void LauncherWorksThroughALink()
    {
        string folder = Directory.CreateTempSubdirectory("tierce-link-").FullName;
        string link = Path.Combine(folder, "link");
        File.CreateSymbolicLink(link, Path.Combine(Launcher.Root, "tierce"));
        Outcome outcome = Launcher.Call(string.Empty, [], null, link, "run", "--help").Expect(0);
        Assert.Contains("--exec", outcome.Text, StringComparison.Ordinal);
        Assert.Equal([link], Directory.GetFileSystemEntries(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("/nonexistent")]
    [InlineData(null)]
    public void LauncherSaysThatThereIsNoHome(string? home)
    {
        Outcome outcome = Launcher.Call(
            string.Empty,
            [],
            environment =>
            {
                environment["HOME"] = home;
                environment["TIERCE_CACHE"] = null;
                environment["XDG_CACHE_HOME"] = null;
            },
            Path.Combine(Launcher.Root, "tierce"),
            "run",
            "--exec",
            "true").Expect(125);
        Assert.Equal($"tierce: HOME is '{home}', which is no folder that can be written: set HOME, or TIERCE_CACHE to a folder for what is downloaded\n", outcome.Error);
        Assert.False(Directory.Exists("/nonexistent"));
    }

    private static void Refused(string message, params string[] arguments)
    {
        string name = "refused-" + string.Concat(message.Where(char.IsAsciiLetterOrDigit));
        Outcome outcome = Launcher.Execute(name, "true", arguments).Expect(125);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Empty(outcome.Text);
    }

    private static string CacheFolder() => Tool.Host.ToolCache.Folder;
}
