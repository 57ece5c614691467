using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>
/// The monitor takes the binding of its guest's console back and makes it again while input comes: each change takes effect at once, in
/// both directions, and the guest sends back all that it is sent.
/// </summary>
public sealed partial class BindingTests
{
    private static readonly string s_text = string.Concat(Enumerable.Range(0, 20_000).Select(number => $"line {number}\n"));

    [Fact]
    public void InputPassesAnAlternatingBindingWhole()
    {
        Outcome outcome = Echo("binding", "cat").Expect(0).ExpectCleanLog();
        Assert.Equal(s_text, outcome.Text);
        Match told = Told().Match(File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log")));
        Assert.True(told.Success);
        Assert.InRange(int.Parse(told.Groups[1].Value, CultureInfo.InvariantCulture), 1000, int.MaxValue);

        Assert.InRange(int.Parse(told.Groups[2].Value, CultureInfo.InvariantCulture), 100, int.MaxValue);
    }

    private static Outcome Echo(string name, string command, params string[] arguments) => Launcher.Run(
        name, Encoding.ASCII.GetBytes(s_text), ["--memory", "192M", "--timeout", "270", "--console", "serial", "--manifest-line", "interrupts=alternate", "--exec", command, .. arguments]);

    [GeneratedRegex(@"binding changed=(\d+) handed-on=(\d+)")]
    private static partial Regex Told();
}
