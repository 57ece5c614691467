using System;
using System.Collections.Generic;

namespace Tierce.Testing;

/// <summary>
/// A process of MSBuild's that stays for the next build of the same kind of tests. <c>./tierce test</c> names it and ends it; without, each
/// build is a process of its own.
/// </summary>
internal static class BuildServer
{
    /// <summary>Sets the environment of one build.</summary>
    /// <param name="environment">What it inherits.</param>
    /// <param name="builder">The kind of tests, among those that the tool knows (src/Tool/Building/BuildServers.cs).</param>
    public static void Use(IDictionary<string, string?> environment, string builder)
    {
        if (Environment.GetEnvironmentVariable("TIERCE_BUILD_SERVER") is not { Length: > 0 } name)
        {
            // A node that stays keeps the pipes open, for a quarter of an hour.
            Avoid(environment);
            return;
        }

        // The first may come from the user, the second from `dotnet test`: with either there is no server.
        environment.Remove("MSBUILDDISABLENODEREUSE");
        environment.Remove("MSBUILDENSURESTDOUTFORTASKPROCESSES");
        environment["MSBUILDUSESERVER"] = "1";
        environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "1";
        environment["MSBUILDNODEHANDSHAKESALT"] = $"{name}-{builder}";
    }

    /// <summary>
    /// Whether a build failed without naming an error, as one does whose server was lost under it: then it is made again, by a process of its own.
    /// </summary>
    public static bool IsLost(int status, string output) => status != 0 && !output.Contains(": error ", StringComparison.Ordinal);

    /// <summary>Sets the environment of one build that is a process of its own.</summary>
    public static void Avoid(IDictionary<string, string?> environment)
    {
        environment["MSBUILDDISABLENODEREUSE"] = "1";
        environment["MSBUILDUSESERVER"] = "0";
        environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
    }
}
