namespace Tierce.Tool;

/// <summary>The tool cannot do what was asked, for a reason that the message tells the user. Ends the run with <see cref="ExitCodes.ToolFailure"/>.</summary>
internal sealed class ToolException(string message) : Exception(message);
