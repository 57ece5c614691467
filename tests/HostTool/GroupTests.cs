using System.Text;
using Tierce.Tool;
using Tierce.Tool.Boot;
using Tierce.Tool.Group;

namespace Tierce.HostTool.Tests;

/// <summary>Several guests, as the host tool sees them.</summary>
public sealed class GroupTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void TagsAreTakenApartHoweverTheyAreCut(int piece)
    {
        byte[] line = "a\u001d2bb\u001d\u001db\u001d1c\u001d9d"u8.ToArray();
        StringBuilder[] got = [new(), new()];
        ConsoleTags tags = new(2, (guest, bytes) => got[guest].Append(Encoding.Latin1.GetString(bytes)));
        for (int i = 0; i < line.Length; i += piece)
        {
            tags.Write(line.AsSpan(i, Math.Min(piece, line.Length - i)));
        }

        Assert.Equal("acd", got[0].ToString());
        Assert.Equal("bb\u001db", got[1].ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void TagsOfManyGuestsHaveNumbers(int piece)
    {
        const int Guests = 64;
        string[] got = Enumerable.Repeat(string.Empty, Guests).ToArray();
        ConsoleTags tags = new(Guests, (guest, bytes) => got[guest] += Encoding.Latin1.GetString(bytes));
        List<byte> line = [];
        for (int guest = 0; guest < Guests; guest++)
        {
            line.AddRange(ConsoleTags.Encode(guest, Guests, Encoding.ASCII.GetBytes($"g{guest}\u001d\r")));
        }

        line.AddRange("\u001dg65\r\u001dg0\r\u001dg1x"u8);
        for (int i = 0; i < line.Count; i += piece)
        {
            tags.Write(line.Skip(i).Take(piece).ToArray());
        }

        Assert.Equal(Enumerable.Range(0, Guests).Select(guest => $"g{guest}\u001d\r"), got);
    }

    [Fact]
    public void OneGuestHasNoTags()
    {
        StringBuilder got = new();
        new ConsoleTags(1, (_, bytes) => got.Append(Encoding.Latin1.GetString(bytes))).Write("a\u001d1"u8);
        Assert.Equal("a\u001d1", got.ToString());
        Assert.Equal("\u001dx"u8.ToArray(), ConsoleTags.Encode(0, 1, "\u001dx"u8));
        Assert.Equal("\u001d2\u001d\u001dx"u8.ToArray(), ConsoleTags.Encode(1, 2, "\u001dx"u8));
    }

    [Fact]
    public void FileFillsWhatItSaysAndOptionsTheRest()
    {
        (IReadOnlyList<GuestDescription> guests, IReadOnlyList<ApplicationDescription> applications) = Read("""
            guests:
              - name: web
                memory: 1G
                restart: on-crash
                watchdog: 5
                exec: serve
              - kernel: generic
              - memory: 1.5G
            applications:
              - name: LatencyRecorder
                args: samples=5
            """);
        Assert.Equal(("web", 1024, "on-crash", 5, "serve", "cloud"), (guests[0].Name, guests[0].MemoryMiB, guests[0].Restart, guests[0].WatchdogSeconds, guests[0].Command, guests[0].Kernel));
        Assert.Equal(("guest2", 300, "never", 30, null, "generic"), (guests[1].Name, guests[1].MemoryMiB, guests[1].Restart, guests[1].WatchdogSeconds, guests[1].Command, guests[1].Kernel));
        Assert.Equal(1536, guests[2].MemoryMiB);
        ApplicationDescription application = Assert.Single(applications);
        Assert.Equal(("LatencyRecorder", "samples=5"), (application.Name, application.Arguments));
    }

    [Theory]
    [InlineData("guests:\n  - colour: red", "line 2")]
    [InlineData("guests:\n  - name: a\n    name: b", "line 3")]
    [InlineData("guests: [", "line")]
    [InlineData("", "no guests")]
    [InlineData("applications:\n  - args: x", "no name")]
    [InlineData("guests:\n  - name: a\n    memory: lots", "line 3: memory: lots: say an amount")]
    [InlineData("guests:\n  - name: a\n    memory: 1.7G", "line 3: memory: 1.7G: say an amount")]
    [InlineData("guests:\n  - name: a\n    memory: 65G", "line 3: memory: 65G: say an amount")]
    [InlineData("guests:\n  - memory: [1, 2]", "line 2: memory is a list; one text is wanted")]
    [InlineData("guests:\n  - memory: ''", "line 2: memory: : say an amount")]
    public void MistakesAreNamed(string text, string about) =>
        Assert.Contains(about, Assert.Throws<ToolException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("a b")]
    [InlineData("console")]
    [InlineData("")]
    [InlineData("zwölf")]
    public void BadNamesAreRefused(string name) => Assert.Throws<ToolException>(() =>
        new GroupDescription([new GuestDescription { Name = name, Kernel = "cloud", MemoryMiB = 64 }], [], null).Checked());

    private static (IReadOnlyList<GuestDescription> Guests, IReadOnlyList<ApplicationDescription> Applications) Read(string text)
    {
        string file = Path.GetTempFileName();
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
