using System.ComponentModel;
using System.Text.Json;
using Tierce.Tool.Host;
using YamlDotNet.Core;

namespace Tierce.Tool;

/// <summary>Turns every exception that ends the tool into one line on standard error and <see cref="ExitCodes.ToolFailure"/>.</summary>
internal static class Failures
{
    /// <summary>Runs the tool; whatever it throws becomes its exit status.</summary>
    public static int Guard(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (Exception e)
        {
            return Report(e);
        }
    }

    /// <summary>Makes the same of what other threads throw, which would abort the process with a stack trace.</summary>
    public static void WatchOtherThreads() => AppDomain.CurrentDomain.UnhandledException += (_, thrown) => Environment.Exit(Report((Exception)thrown.ExceptionObject));

    /// <summary>What a message has to say of an exception; null for one that only a mistake of the tool's raises.</summary>
    public static string? Words(Exception e) => Innermost(e) switch
    {
        ToolException own => own.Message,
        IOException or UnauthorizedAccessException => FirstLine(Innermost(e).Message),
        JsonException or FormatException or InvalidDataException or YamlException or System.Xml.XmlException => $"a file does not have the form it should: {FirstLine(Innermost(e).Message)}",
        Win32Exception program => FirstLine(program.Message),
        _ => null,
    };

    private static int Report(Exception e)
    {
        if (Innermost(e) is BrokenPipeException)
        {
            return ExitCodes.BrokenPipe;
        }

        string line = Words(e) ?? $"unexpected {Innermost(e).GetType().Name}: {FirstLine(Innermost(e).Message)} (this is a fault of the tool's; {Trace(e)})";
        try
        {
            Console.Error.WriteLine($"tierce: {line}");
        }
        catch (IOException)
        {
            // Standard error is closed or full; the status still says that the tool failed.
        }

        return ExitCodes.ToolFailure;
    }

    /// <summary>Keeps the stack trace where it can be kept; says where it is.</summary>
    private static string Trace(Exception e)
    {
        foreach (Func<string> folder in (Func<string>[])[() => ToolCache.Sub("logs"), Path.GetTempPath])
        {
            try
            {
                string file = Path.Combine(folder(), "tool-failure.log");
                File.WriteAllText(file, $"{DateTime.UtcNow:O} {Environment.CommandLine}\n{e}\n");
                return $"its trace is in {file}";
            }
            catch (Exception other) when (Words(other) is not null)
            {
                // The next folder may do.
            }
        }

        return "its trace could not be kept anywhere";
    }

    /// <summary>Tasks and static initialisers wrap what they throw.</summary>
    private static Exception Innermost(Exception e) =>
        e is AggregateException or TypeInitializationException or System.Reflection.TargetInvocationException && e.InnerException is { } inner ? Innermost(inner) : e;

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd();
}
