using Tierce.Tool;
using Tierce.Tool.Boot;
using Tierce.Tool.Group;

namespace Tierce.HostTool.Tests;

/// <summary>Messages about mistakes in a guests file name the file and the line, in plain words.</summary>
public sealed class GuestsFileTests
{
    [Theory]
    [InlineData("guests:\n", "no guests and no applications")]
    [InlineData("guests: ~\napplications: []\n", "no guests and no applications")]
    [InlineData("---\n...\n", "no guests and no applications")]
    [InlineData("guests: web\n", "line 1: guests is one text; a list is wanted")]
    [InlineData("guests:\n  name: web\n", "line 1: guests is a section of its own; a list is wanted")]
    [InlineData("- name: web\n", "line 1: the file is a list")]
    [InlineData("web\n", "line 1: the file is one text")]
    [InlineData("guests:\n  - web\n", "line 2: a guest is one text")]
    [InlineData("guests:\n  - ~\n", "line 2: a guest is empty")]
    [InlineData("guests:\n  - colour: red\n", "line 2: a guest has no key 'colour'")]
    [InlineData("guest:\n  - name: a\n", "line 1: the file has no key 'guest'")]
    [InlineData("guests:\n  - name: a\n    name: b\n", "line 3: the same key stands there twice")]
    [InlineData("guests:\n  - name: a\nguests:\n  - name: b\n", "line 3: the same key stands there twice")]
    [InlineData("guests:\n  - name: a\n    exec: [a, b]\n", "line 3: exec is a list; one text is wanted")]
    [InlineData("guests:\n  - name: a\n    exec:\n      run: x\n", "line 4: exec is a section of its own; one text is wanted")]
    [InlineData("guests:\n  - name: a\n    memory: 1.7G\n", "line 3: memory: 1.7G: say an amount such as")]
    [InlineData("guests:\n  - name: a\n    memory: -1\n", "line 3: memory: -1: say an amount such as")]
    [InlineData("guests:\n  - watchdog: -1\n    exec: echo x\n", "line 2: watchdog: -1: say whole seconds, 0 for never, from 0 to 3600")]
    [InlineData("guests:\n  - watchdog: 3601\n", "line 2: watchdog: 3601: say whole seconds")]
    [InlineData("guests:\n  - watchdog: soon\n", "line 2: watchdog: soon: say whole seconds")]
    [InlineData("guests:\n  - watchdog: 99999999999999999999\n", "line 2: watchdog: 99999999999999999999: say whole seconds")]
    [InlineData("guests:\n  - manifest: short-lives=3\n", "line 2: manifest is one text; a list is wanted")]
    [InlineData("guests:\n  - manifest:\n      - short-lives=3\n      - colour=blue\n", "line 4: manifest: unknown key 'colour'")]
    [InlineData("guests:\n  - manifest: [short-lives=-3]\n", "line 2: manifest: '-3' is no value")]
    [InlineData("guests:\n  - manifest: [[a]]\n", "line 2: manifest is a list; one text is wanted")]
    [InlineData("guests:\n  - manifest: [\"restart=always\\nwatchdog=1\"]\n", "line 2: manifest: each entry is one line")]
    [InlineData("guests:\n  - name: a\n    restart: sometimes\n", "line 3: restart: sometimes: say never")]
    [InlineData("guests:\n  - exec: x\n    name: a b\n", "line 3: 'a b' is no name")]
    [InlineData("guests:\n  - name: a\n  - name: a\n", "line 3: 'a': two guests or applications have the same name")]
    [InlineData("applications:\n  - args: x\n", "line 2: an application has no name")]
    [InlineData("applications:\n  - name: x\n    args: \"a\\nb\"\n", "line 3: the arguments of application x must be one line")]
    [InlineData("guests: [\n", "line")]
    [InlineData("guests:\n\t- name: a\n", ": line ")]
    [InlineData("guests: *none\n", "line 1")]
    [InlineData("guests: []\n---\nguests: []\n", "line 3: a second document begins")]
    public void MistakesAreToldWithTheirLine(string text, string words)
    {
        string message = Refused(text);
        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void DepthAndSizeHaveLimits()
    {
        Assert.Contains("deep", Refused("guests: " + new string('[', 100_000)), StringComparison.Ordinal);
        Assert.Contains("at most 1048576", Refused("#" + new string('x', 1 << 20)), StringComparison.Ordinal);
        Assert.Contains("at most 1024", Refused($"applications:\n  - name: x\n    args: {new string('x', 1025)}\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void WordsInQuotesAndEmptyValuesAreWhatTheySay()
    {
        (IReadOnlyList<GuestDescription> guests, _) = Read("guests:\n  - name: '12'\n    exec: \"\"\n    cmdline:\n    watchdog: 0\n  - {}\n");
        Assert.Equal(("12", string.Empty, string.Empty, 0), (guests[0].Name, guests[0].Command, guests[0].CommandLine, guests[0].WatchdogSeconds));
        Assert.Equal(("guest2", null, 30), (guests[1].Name, guests[1].Command, guests[1].WatchdogSeconds));
    }

    private static string Refused(string text)
    {
        string message = Assert.Throws<ToolException>(() =>
        {
            (IReadOnlyList<GuestDescription> guests, IReadOnlyList<ApplicationDescription> applications) = Read(text);
            new GroupDescription(guests, applications, null).Checked();
        }).Message;
        Assert.Contains("guests-test", message, StringComparison.Ordinal);
        return message;
    }

    private static (IReadOnlyList<GuestDescription> Guests, IReadOnlyList<ApplicationDescription> Applications) Read(string text)
    {
        string file = Path.Combine(Path.GetTempPath(), $"guests-test-{Guid.NewGuid():N}.yaml");
        try
        {
            File.WriteAllText(file, text);
            return GuestsFile.Read(file, new RunOptions { MemoryMiB = 300 });
        }
        finally
        {
            File.Delete(file);
        }
    }
}
