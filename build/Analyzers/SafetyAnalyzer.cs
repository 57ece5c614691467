using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Tierce.Analyzers;

/// <summary>
/// A file of the kernel or of a ROM that makes a pointer of a number, or of a pointer to another type, states why that is sound, in a comment
/// that begins with SAFETY. One statement a file is enough: it names the class of memory, not each access. A pointer that has its type already,
/// and one without a type (an object whose capability names it), need none.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SafetyAnalyzer : DiagnosticAnalyzer
{
    private const string Mark = "SAFETY:";

    private static readonly DiagnosticDescriptor s_unstated = new(
        "TIERCE105", "Pointer without a statement", "'{0}' makes a pointer; say once in this file, after // SAFETY:, what makes it point at that", "Freestanding", DiagnosticSeverity.Error, isEnabledByDefault: true);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [s_unstated];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            if (start.Options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue("build_property.FreestandingKind", out string? kind) && kind is "kernel" or "rom")
            {
                start.RegisterSemanticModelAction(Look);
            }
        });
    }

    private static void Look(SemanticModelAnalysisContext context)
    {
        SyntaxNode root = context.SemanticModel.SyntaxTree.GetRoot(context.CancellationToken);
        CastExpressionSyntax? first = root.DescendantNodes().OfType<CastExpressionSyntax>().FirstOrDefault(cast => MakesPointer(cast, context.SemanticModel));
        if (first is not null && !root.DescendantTrivia().Any(trivia => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) && trivia.ToString().Contains(Mark, StringComparison.Ordinal)))
        {
            context.ReportDiagnostic(Diagnostic.Create(s_unstated, first.GetLocation(), first));
        }
    }

    private static bool MakesPointer(CastExpressionSyntax cast, SemanticModel model)
    {
        bool ofAddress = cast.Expression.IsKind(SyntaxKind.AddressOfExpression) || cast.Expression.IsKind(SyntaxKind.NullLiteralExpression);
        return !ofAddress && model.GetTypeInfo(cast).Type is IPointerTypeSymbol to && model.GetTypeInfo(cast.Expression).Type switch
        {
            IPointerTypeSymbol from => from.PointedAtType.SpecialType != SpecialType.System_Void && !SymbolEqualityComparer.Default.Equals(from, to),
            null => false,
            _ => true,
        };
    }
}
