namespace Tierce.HostTool.Tests;

/// <summary>Whatever is wrong with an option, a file or the surroundings, the tool says so in a line, and its status is 125.</summary>
public sealed class WrongInputTests
{
    private const string Folder = "/tmp", Missing = "/nonexistent/x", Device = "/dev/zero";

    [Theory]
    [InlineData("--timeout NaN: say a number of seconds", "run", "--timeout", "NaN")]
    [InlineData("--timeout : say a number of seconds", "run", "--timeout", "")]
    [InlineData("--timeout 0: say a number of seconds", "run", "--timeout", "0")]
    [InlineData("--timeout 1e400: say a number of seconds", "run", "--timeout", "1e400")]
    [InlineData("--guests two: say a whole number", "run", "--guests", "two")]
    [InlineData("--guests 99999999999: say a whole number", "run", "--guests", "99999999999")]
    [InlineData("--guests -1: say how many", "run", "--guests", "-1")]
    [InlineData("'--guests'", "run", "--guests", "1", "--guests", "2")]
    [InlineData("--memory 1.7G: say an amount", "run", "--memory", "1.7G")]
    [InlineData("--entry jump", "run", "--entry", "jump")]
    [InlineData("--console pigeon: say serial or virtio", "run", "--console", "pigeon")]
    [InlineData("--console virtio: is for guests on Tierce", "run", "--native", "--console", "virtio")]
    [InlineData("--console: an image uses the first serial port", "image", "-o", "/tmp/x.img", "--console", "virtio")]
    [InlineData("--logs: say a folder", "run", "--logs", "")]
    [InlineData("--logs /dev/null: no such folder can be made", "run", "--logs", "/dev/null")]
    [InlineData("--trace: say a file", "run", "--trace", "")]
    [InlineData("--trace /tmp: is a folder", "run", "--trace", Folder)]
    [InlineData("--trace /nonexistent/x: there is no folder", "run", "--trace", Missing)]
    [InlineData("--images /nonexistent/x: no such folder", "run", "--images", Missing)]
    [InlineData("--initrd /nonexistent/x: no such file", "run", "--guest", "small", "--initrd", Missing)]
    [InlineData("--initrd /tmp: is a folder", "run", "--guest", "small", "--initrd", Folder)]
    [InlineData("--initrd /dev/zero: is a pipe or a device", "run", "--guest", "small", "--initrd", Device)]
    [InlineData("--guest /tmp: is a folder", "run", "--guest", Folder)]
    [InlineData("--guest /dev/zero: is a pipe or a device", "run", "--guest", Device)]
    [InlineData("--guest : no such file", "run", "--guest", "")]
    [InlineData("--file x:: no such file", "run", "--guest", "small", "--file", "x:")]
    [InlineData("--file : no such file", "run", "--guest", "small", "--file", "")]
    [InlineData("--file /tmp: is a folder", "run", "--guest", "small", "--file", Folder)]
    [InlineData("'' is no absolute path", "run", "--guest", "small", "--file", "/etc/passwd:")]
    [InlineData("/tierce/init is the tool's own", "run", "--guest", "small", "--file", "/etc/passwd:/tierce/init")]
    [InlineData("is to be /a in the guest too", "run", "--guest", "small", "--file", "/etc/passwd:/a", "--file", "/etc/group:/a")]
    [InlineData("/a cannot be a file in the guest and the folder of /a/b", "run", "--guest", "small", "--file", "/etc/passwd:/a", "--file", "/etc/group:/a/b")]
    [InlineData("--cmdline must be one line", "run", "--guest", "small", "--cmdline", "a\nb")]
    [InlineData("unknown key 'colour'", "run", "--guest", "small", "--manifest-line", "colour=blue")]
    [InlineData("'3601' is no value", "run", "--guest", "small", "--manifest-line", "watchdog=3601")]
    [InlineData("a file 'none', which the bundle does not hold", "run", "--guest", "small", "--manifest-line", "rom=none")]
    [InlineData("--guests-file /tmp: is a folder", "run", "--guests-file", Folder)]
    [InlineData("--guests-file /dev/zero: is a pipe or a device", "run", "--guests-file", Device)]
    [InlineData("'' is no name", "run", "--app", "")]
    [InlineData("--app /nonexistent/x: no such file", "run", "--app", Missing)]
    [InlineData("--output: say a file", "image", "-o", "")]
    [InlineData("--output /tmp: is a folder", "image", "-o", Folder)]
    [InlineData("--json /tmp: is a folder", "bench", "--json", Folder)]
    [InlineData("--chart /nonexistent/x: there is no folder", "bench", "--chart", Missing)]
    [InlineData("--repeat 0: from 1", "bench", "--repeat", "0")]
    [InlineData("--only nothing: there is no such project", "test", "--only", "nothing")]
    [InlineData("say a C# name", "new", "app", "ü")]
    [InlineData("no run goes on", "attach", "x")]
    [InlineData("no machine has been started", "dmesg")]
    [InlineData("--frobnicate", "run", "--frobnicate")]
    [InlineData("'@more'", "run", "@more")]
    public void IsOneLineAndStatus125(string words, params string[] arguments)
    {
        using ToolCall tool = new();
        (int status, string output, string error) = tool.Run(arguments);
        Expect(status, error, words);
        Assert.Empty(output);
        Assert.False(File.Exists(tool.Started), "a machine was started");
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(2048)]
    public void CommandLineThatIsTooLongIsRefusedWithItsLimit(int size)
    {
        using ToolCall tool = new();
        (int status, _, string error) = tool.Run(["run", "--guest", "small", "--cmdline", new string('x', size)]);
        Expect(status, error, "it can have 1023");
        Assert.False(File.Exists(tool.Started), "a machine was started");
    }

    [Fact]
    public void CommandLineOfTheKernelThatIsTooLongIsRefused()
    {
        using ToolCall tool = new();
        (int status, _, string error) = tool.Run(["run", "--guest", "small", "--kernel-cmdline", new string('x', 4096)]);
        Expect(status, error, "it reads 4096");
    }

    [Theory]
    [InlineData("HOME is '/nonexistent'", "HOME", "/nonexistent")]
    [InlineData("set TIERCE_CACHE to one that can be written", "TIERCE_CACHE", "/dev/null/x")]
    [InlineData("set TIERCE_CACHE to one that can be written", "TIERCE_CACHE", "/proc/x")]
    public void NoPlaceForTheCacheIsSaid(string words, string name, string value)
    {
        using ToolCall tool = new();
        (int status, _, string error) = tool.Run(["run", "--guest", "small"], ("TIERCE_CACHE", null), ("XDG_CACHE_HOME", null), (name, value));
        Expect(status, error, words);
        Assert.Empty(Directory.EnumerateFileSystemEntries(tool.Work));
    }

    [Fact]
    public void FullDiskIsOneLine()
    {
        using ToolCall tool = new();
        tool.Script("apt-cache", "echo 'Version: 1'; echo 'Depends: linux-image-6'");
        tool.Script("apt-get", "for last; do :; done; echo >\"$last.deb\"");
        tool.Script("dpkg-deb", "for i in 1 2 3 4 5; do echo \"tar: ./$i: Cannot write: No space left on device\" >&2; done; echo 'tar: Exiting' >&2; exit 2");
        (int status, _, string error) = tool.Run(["run", "--quiet", "--exec", "true"]);
        Expect(status, error, "tar: ./1: Cannot write: No space left on device");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(tool.Cache, "apt", "downloads")));
    }

    private static void Expect(int status, string error, string words)
    {
        Assert.True(status == ExitStatus, $"status {status}\n{error}");
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);

        // Progress is no message, and what the parser refuses is followed by a line that tells where the options are listed.
        string[] lines = [.. error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.EndsWith(" ...", StringComparison.Ordinal) && !line.Contains("tell what there is", StringComparison.Ordinal))];
        Assert.StartsWith("tierce: ", Assert.Single(lines), StringComparison.Ordinal);
    }

    private const int ExitStatus = 125;
}
