namespace Tierce.ImageTool;

/// <summary>The image breaks a rule, or cannot be read. The message is for the user who builds.</summary>
internal sealed class ImageException(string message) : Exception(message);
