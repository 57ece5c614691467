namespace Tierce.Boot.Tests;

/// <summary>The terminal of a guest's shell has the size of the user's window, also after that has changed.</summary>
public sealed class WindowTests
{
    /// <summary>Waits for the shell, and then gives the window another size.</summary>
    private const string Keys = Typist.Functions
        + "seen \"$0\" 'tierce:/#' 1; typed \"$0\" '^24 80' 'stty size\\r'; stty -F \"$(cat \"$0.tty\")\" rows 33 cols 101; typed \"$0\" '^33 101' 'stty size\\r'; ";

    [Fact]
    public void AShellFollowsTheWindow()
    {
        string screen = Run("window", "./tierce run", Keys + "printf 'tty; sleep 100\\r'; sleep 1; printf '\\003exit 3\\r'; sleep 5").Expect(3).Text;
        Assert.Contains("33 101", screen, StringComparison.Ordinal);
    }

    [Fact]
    public void SoDoTheShellsOfSeveralGuests()
    {
        const string Second = "printf '\\0352'; typed \"$0\" 'second: 33 101' 'echo second: $(stty size)\\r'; printf '\\035q'; sleep 5";
        string screen = Run("window-group", "./tierce run --guests 2", Keys + Second).Expect(130).Text;
        Assert.Contains("second: 33 101", screen, StringComparison.Ordinal);
    }

    private static Outcome Run(string name, string command, string keys)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        Directory.CreateDirectory(logs);
        string transcript = Path.Combine(logs, "transcript");
        File.Delete(transcript);
        string inner = $"stty rows 24 cols 80; tty >\"{transcript}.tty\"; exec {command} --memory 192M --timeout 400 --logs {logs}";
        return Launcher.Call(logs, [], null, "bash", "-c", $"({keys}) | script -qefc '{inner}' \"$0\"", transcript);
    }
}
